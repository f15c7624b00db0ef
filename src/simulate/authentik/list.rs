//! authentik's lists, cut into pages (measured.md, "API").

use serde_json::{Value, json};

use super::{answer::Answer, parameter};

/// Rows of a page where the query says nothing (measured.md).
const PAGE_SIZE: usize = 100;

/// The page of a recorded list that a query asks for. `total` is how many rows authentik had
/// where only the first were recorded; pages beyond those are empty.
pub(super) fn page(mut list: Answer, total: Option<usize>, query: &[(String, String)]) -> Answer {
    let Ok(mut body) = serde_json::from_str::<Value>(&list.body) else {
        return list;
    };
    let rows = body["results"].as_array().cloned().unwrap_or_default();
    let count = total.unwrap_or(rows.len());
    let size = number(query, "page_size").unwrap_or(PAGE_SIZE).max(1);
    let (page, last) = (
        number(query, "page").unwrap_or(1),
        count.div_ceil(size).max(1),
    );
    if page == 0 || page > last {
        return Answer::recorded("094-users-page-beyond.txt");
    }
    let (start, end) = ((page - 1) * size, (page * size).min(count));
    body["results"] = rows
        .get(start.min(rows.len())..end.min(rows.len()))
        .unwrap_or_default()
        .into();
    body["pagination"] = json!({
        "next": if page < last { page + 1 } else { 0 },
        "previous": page - 1,
        "count": count,
        "current": page,
        "total_pages": last,
        "start_index": if count == 0 { 0 } else { start + 1 },
        "end_index": end,
    });
    list.body = body.to_string();
    list
}

fn number(query: &[(String, String)], name: &str) -> Option<usize> {
    parameter(query, name)?.parse().ok()
}
