//! People and groups as the API tells and changes them (recorded 092 to 108, 255; verified.md 1,
//! F-U).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    super::authentik::{Answer, Asked, parameter},
    Directory, Rows, one_of_the_crowd,
};

/// The filters that authentik 2025.10 knows here; anything else is ignored silently (recorded
/// 102).
const FILTERS: [&str; 6] = [
    "username",
    "email",
    "is_active",
    "is_superuser",
    "search",
    "groups_by_pk",
];

impl Directory {
    /// The rows of `/core/users/` that a query's filters leave. A filter that leaves out the crowd
    /// costs as little as if there were none.
    pub(in super::super) fn users(&self, query: &[(String, String)]) -> (Vec<Value>, u64) {
        let rows = self.rows();
        let told = rows.users.iter().map(|row| rows.told(row));
        let mut found: Vec<Value> = told.filter(|row| passes(row, query)).collect();
        let filtered = query.iter().any(|(name, value)| is_filter(name, value));
        if filtered {
            found.extend(self.of_the_crowd(&rows, query));
            let count = found.len() as u64;
            return (found, count);
        }
        let count = found.len() as u64 + self.crowd;
        (found, count)
    }

    /// Who of the crowd is asked for by name; other filters name nobody of it.
    fn of_the_crowd(&self, rows: &Rows, query: &[(String, String)]) -> Option<Value> {
        let name = parameter(query, "username")?;
        let number: u64 = name.strip_prefix("person")?.parse().ok()?;
        let like = rows
            .users
            .iter()
            .find(|row| row["username"] == "contractor1")?;
        (number < self.crowd)
            .then(|| one_of_the_crowd(number, like))
            .filter(|row| passes(row, query))
    }

    /// The rows of `/core/groups/`.
    pub(in super::super) fn groups(&self, query: &[(String, String)]) -> Vec<Value> {
        let rows = self.rows();
        let without = parameter(query, "include_users") == Some("false");
        let named = parameter(query, "name");
        let groups = rows.groups.iter();
        let below = rows.below();
        groups
            .filter(|row| named.is_none_or(|name| row["name"] == name))
            .map(|row| rows.group_with(row, without, &below))
            .collect()
    }

    /// `/core/users/{pk}/`: told, or changed by PATCH.
    pub(in super::super) fn user(&self, asked: &Asked) -> Answer {
        let pk = asked.last_part().parse::<i64>().ok();
        let mut rows = self.rows();
        let Some(at) = rows.users.iter().position(|row| row["pk"].as_i64() == pk) else {
            return Answer::recorded("104-users-detail-404.txt");
        };
        if asked.method == "PATCH" {
            for (name, value) in asked.fields().unwrap_or_default() {
                rows.users[at][name] = value;
            }
        }
        json_answer(&rows.told(&rows.users[at]), 200)
    }

    /// `/core/groups/{pk}/`.
    pub(in super::super) fn group(&self, asked: &Asked) -> Answer {
        let rows = self.rows();
        let pk = asked.last_part();
        let without = parameter(&asked.query(), "include_users") == Some("false");
        match rows.groups.iter().find(|row| row["pk"] == pk.as_str()) {
            Some(row) => json_answer(&rows.group(row, without), 200),
            None => Answer::recorded("104-users-detail-404.txt"),
        }
    }

    /// POST of a person; a name that exists is refused (verified.md 1c).
    pub(in super::super) fn make_user(&self, asked: &Asked) -> Answer {
        let mut rows = self.rows();
        let fields = asked.fields().unwrap_or_default();
        let username = text(&fields, "username");
        if username.is_empty() || rows.user(&username).is_some() {
            return json_answer(&json!({"username": ["This field must be unique."]}), 400);
        }
        let row = rows.add_user(&username);
        for (name, value) in fields {
            row[name] = value;
        }
        let (row, pk) = (row.clone(), row["pk"].as_i64().unwrap_or_default());
        // Without a password until one is set.
        rows.locked.insert(pk);
        json_answer(&rows.told(&row), 201)
    }

    /// POST of a group; a name that exists is refused.
    pub(in super::super) fn make_group(&self, asked: &Asked) -> Answer {
        let mut rows = self.rows();
        let fields = asked.fields().unwrap_or_default();
        let name = text(&fields, "name");
        if name.is_empty() || rows.groups.iter().any(|row| row["name"] == name.as_str()) {
            return json_answer(&json!({"name": ["This field must be unique."]}), 400);
        }
        let group = rows.add_group(&name)["pk"].clone();
        for pk in fields
            .get("users")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            rows.join(&group, pk, true);
        }
        let row = rows.groups.iter().find(|row| row["pk"] == group).cloned();
        json_answer(&rows.group(&row.unwrap_or_default(), false), 201)
    }

    /// POST of `/core/groups/{pk}/add_user/` and `…/remove_user/`: 204, and again 204.
    pub(in super::super) fn membership(&self, asked: &Asked) -> Answer {
        let path = asked.uri.path().trim_end_matches('/');
        let mut parts = path.rsplit('/');
        let joins = parts.next() == Some("add_user");
        let group = Value::from(parts.next().unwrap_or_default());
        let pk = asked.fields().unwrap_or_default().remove("pk");
        let mut rows = self.rows();
        let known = rows.groups.iter().any(|row| row["pk"] == group);
        let user = pk.filter(|pk| known && rows.users.iter().any(|row| row["pk"] == *pk));
        let Some(user) = user else {
            return Answer::recorded("104-users-detail-404.txt");
        };
        rows.join(&group, &user, joins);
        no_content()
    }

    /// POST of `/core/users/{pk}/set_password/`: 204; only an empty password is refused.
    pub(in super::super) fn set_password(&self, asked: &Asked) -> Answer {
        let path = asked.uri.path().trim_end_matches("/set_password/");
        let pk = path
            .rsplit('/')
            .next()
            .and_then(|pk| pk.parse::<i64>().ok());
        let password = text(&asked.fields().unwrap_or_default(), "password");
        let mut rows = self.rows();
        let user = rows.users.iter().find(|row| row["pk"].as_i64() == pk);
        match (user.is_some(), pk) {
            (true, Some(pk)) if !password.is_empty() => {
                rows.locked.remove(&pk);
                no_content()
            }
            (true, _) => json_answer(&json!({"password": ["This field may not be blank."]}), 400),
            (false, _) => Answer::recorded("104-users-detail-404.txt"),
        }
    }
}

impl Rows {
    /// A person's row with what follows from groups.
    fn told(&self, row: &Value) -> Value {
        let mut row = row.clone();
        row["is_superuser"] = self.is_superuser(&row).into();
        let own = row["groups"].as_array().cloned().unwrap_or_default();
        let groups = self
            .groups
            .iter()
            .filter(|group| own.contains(&group["pk"]));
        row["groups_obj"] = groups
            .map(|group| {
                let kept = [
                    "pk",
                    "num_pk",
                    "name",
                    "is_superuser",
                    "parent",
                    "parent_name",
                ];
                let mut short: Map<String, Value> = kept
                    .iter()
                    .map(|field| ((*field).to_owned(), group[*field].clone()))
                    .collect();
                short.insert("attributes".into(), group["attributes"].clone());
                Value::from(short)
            })
            .collect();
        row
    }

    pub(super) fn group(&self, row: &Value, without_users: bool) -> Value {
        self.group_with(row, without_users, &self.below())
    }

    /// The groups right below each.
    fn below(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut below: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for group in &self.groups {
            if let (Some(parent), Some(pk)) = (group["parent"].as_str(), group["pk"].as_str()) {
                below.entry(parent).or_default().push(pk);
            }
        }
        below
    }

    fn group_with(
        &self,
        row: &Value,
        without_users: bool,
        below: &BTreeMap<&str, Vec<&str>>,
    ) -> Value {
        let mut row = row.clone();
        let pk = row["pk"].clone();
        let children = below.get(pk.as_str().unwrap_or_default());
        row["children"] = children.cloned().unwrap_or_default().into();
        let is_in = |user: &&Value| {
            let groups = user["groups"].as_array();
            groups.is_some_and(|groups| groups.contains(&pk))
        };
        let members: Vec<&Value> = self.users.iter().filter(is_in).collect();
        row["users"] = members.iter().map(|user| user["pk"].clone()).collect();
        row["users_obj"] = match without_users {
            true => Value::Null,
            false => members.into_iter().map(short_user).collect(),
        };
        row
    }

    fn join(&mut self, group: &Value, user: &Value, joins: bool) {
        let Some(row) = self.users.iter_mut().find(|row| row["pk"] == *user) else {
            return;
        };
        if let Some(groups) = row["groups"].as_array_mut() {
            groups.retain(|pk| pk != group);
            if joins {
                groups.push(group.clone());
            }
        }
    }
}

/// Somebody inside a group's row.
pub(super) fn short_user(user: &Value) -> Value {
    let kept = [
        "pk",
        "username",
        "name",
        "is_active",
        "last_login",
        "email",
        "attributes",
        "uid",
    ];
    let fields = kept
        .iter()
        .map(|field| ((*field).to_owned(), user[*field].clone()));
    Value::from(fields.collect::<Map<_, _>>())
}

/// Whether a parameter filters at all.
fn is_filter(name: &str, value: &str) -> bool {
    let boolean = matches!(name, "is_active" | "is_superuser");
    FILTERS.contains(&name) && (!boolean || matches!(value, "true" | "false"))
}

fn passes(row: &Value, query: &[(String, String)]) -> bool {
    let field = |name: &str| row[name].as_str().unwrap_or_default();
    query
        .iter()
        .filter(|(name, value)| is_filter(name, value))
        .all(|(name, value)| match name.as_str() {
            "username" => field("username") == value,
            "email" => field("email").eq_ignore_ascii_case(value),
            "groups_by_pk" => row["groups"]
                .as_array()
                .is_some_and(|groups| groups.iter().any(|pk| pk == value.as_str())),
            "search" => ["username", "name", "email"]
                .iter()
                .any(|name| field(name).to_lowercase().contains(&value.to_lowercase())),
            flag => row[flag] == (value == "true"),
        })
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    let text = fields.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

pub(super) fn no_content() -> Answer {
    let mut answer = json_answer(&Value::Null, 204);
    answer.body.clear();
    answer
}

/// JSON with the headers of a recorded answer.
pub(in super::super) fn json_answer(body: &Value, status: u16) -> Answer {
    let mut answer = Answer::recorded("103-users-detail.json");
    answer.status = status;
    answer.body = body.to_string();
    answer
}
