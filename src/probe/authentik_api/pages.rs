//! Lists, followed to their last page: `{"pagination": {…}, "results": […]}` (measured.md).

use std::{collections::HashSet, hash::Hash};

use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, de::DeserializeOwned};

use super::{List, ask::Api};
use crate::probe::ProbeError;

/// Pages asked for side by side; more gain nothing (verified.md 6).
const AT_ONCE: usize = 4;
/// The most pages that are followed: 50,000 rows.
const MOST_PAGES: u64 = 500;

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct Page<R> {
    pub(super) pagination: Pagination,
    pub(super) results: Vec<R>,
}

/// Where a page stands.
#[derive(Deserialize)]
pub(super) struct Pagination {
    /// The number of the next page; 0 when there is none.
    #[serde(default)]
    next: u64,
    /// Rows in all.
    pub(super) count: u64,
    #[serde(default)]
    total_pages: u64,
}

impl Pagination {
    /// The last page known of after this one, if any follows.
    fn last(&self, current: u64) -> Option<u64> {
        (self.next > current).then_some(self.total_pages.max(self.next))
    }
}

/// Every row of a list. Rows with the same identity count once,
/// because rows move between pages while a list is read.
pub(super) async fn all<W, I: Hash + Eq>(
    api: &Api<'_>,
    path: &str,
    identity: impl Fn(&W) -> I,
) -> Result<List<W>, ProbeError>
where
    W: DeserializeOwned + Send,
{
    let first: Page<W> = api.get(&numbered(path, 1)).await?;
    let mut gathered = Gathered {
        api,
        path,
        identity,
        known: HashSet::new(),
        rows: Vec::new(),
        came: 0,
        count: first.pagination.count,
    };
    let mut read = 1;
    let mut last = gathered.take(1, first)?;
    while let Some(until) = last {
        if until > MOST_PAGES {
            return Err(gathered.endless(format!("it claims {until} pages")));
        }
        let pages: Vec<Page<W>> = stream::iter(read + 1..=until)
            .map(|number| page(api, path, number))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        for page in pages {
            read += 1;
            last = gathered.take(read, page)?;
        }
    }
    Ok(List {
        rows: gathered.rows,
        count: gathered.count,
    })
}

/// A page. One that is no longer there (404 "Invalid page.") ends the list: rows went away while
/// it was read.
async fn page<W: DeserializeOwned>(
    api: &Api<'_>,
    path: &str,
    number: u64,
) -> Result<Page<W>, ProbeError> {
    match api.get(&numbered(path, number)).await {
        Err(ProbeError::Absent { .. }) => Ok(Page {
            pagination: Pagination {
                next: 0,
                count: 0,
                total_pages: 0,
            },
            results: Vec::new(),
        }),
        answer => answer,
    }
}

fn numbered(path: &str, number: u64) -> String {
    let and = if path.contains('?') { '&' } else { '?' };
    match path.contains("page_size=") {
        // Of a parameter that is given twice Django takes the last.
        true => format!("{path}&page={number}"),
        false => format!("{path}{and}page_size=100&page={number}"),
    }
}

/// What was read so far.
struct Gathered<'a, W, I, F> {
    api: &'a Api<'a>,
    path: &'a str,
    identity: F,
    known: HashSet<I>,
    rows: Vec<W>,
    /// Rows that came, those counted once included as often as they came.
    came: u64,
    count: u64,
}

impl<W, I: Hash + Eq, F: Fn(&W) -> I> Gathered<'_, W, I, F> {
    /// Takes a page's rows; gives the last page that follows, if one does.
    fn take(&mut self, number: u64, page: Page<W>) -> Result<Option<u64>, ProbeError> {
        let before = self.rows.len();
        let came = page.results.len();
        self.came += came as u64;
        self.count = self.count.max(page.pagination.count);
        for row in page.results {
            if self.known.insert((self.identity)(&row)) {
                self.rows.push(row);
            }
        }
        if came > 0 && self.rows.len() == before {
            return Err(self.endless(format!("page {number} repeats the pages before it")));
        }
        if self.came > self.count {
            let (came, count) = (self.came, self.count);
            return Err(self.endless(format!("{came} rows came of {count}")));
        }
        Ok(page.pagination.last(number))
    }

    fn endless(&self, why: String) -> ProbeError {
        self.api
            .malformed(self.path, format!("the list does not end: {why}"))
    }
}
