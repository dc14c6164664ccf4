//! `/docs`: the API description as one page that needs nothing from outside.

use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::Value;
use utoipa::openapi::OpenApi;

const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];

/// The JSON document as a response.
pub(crate) fn json(text: String) -> Response {
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The whole page.
pub fn docs_page(document: &OpenApi) -> String {
    page(&serde_json::to_value(document).unwrap_or_default())
}

/// The whole page of a document that is JSON already.
pub(crate) fn page(document: &Value) -> String {
    let operations = operations(document);
    let mut sections = String::new();
    for tag in tags(&operations) {
        sections.push_str(&format_tag(&tag, &operations));
    }
    include_str!("docs.html")
        .replace("{{about}}", &escape(document["info"]["description"].as_str().unwrap_or("")))
        .replace("{{version}}", &escape(document["info"]["version"].as_str().unwrap_or("")))
        .replace("{{sections}}", &sections)
}

/// One method on one path.
pub(crate) struct Operation<'a> {
    pub(crate) method: &'static str,
    pub(crate) path: &'a str,
    pub(crate) about: &'a Value,
}

impl Operation<'_> {
    fn tag(&self) -> &str {
        self.about["tags"][0].as_str().unwrap_or("other")
    }
}

/// All operations of the document.
pub(crate) fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            METHODS
                .iter()
                .filter_map(move |method| item.get(method).map(|about| Operation { method, path, about }))
        })
        .collect()
}

fn tags(operations: &[Operation<'_>]) -> Vec<String> {
    let mut tags: Vec<String> = operations.iter().map(|operation| operation.tag().to_owned()).collect();
    tags.sort();
    tags.dedup();
    tags
}

fn format_tag(tag: &str, operations: &[Operation<'_>]) -> String {
    let of_tag = operations.iter().filter(|operation| operation.tag() == tag);
    let list: String = of_tag.map(format_operation).collect();
    format!("<section id=\"{0}\"><h2>{0}</h2>{list}</section>", escape(tag))
}

fn format_operation(operation: &Operation<'_>) -> String {
    let about = operation.about;
    let text = |name: &str| escape(about[name].as_str().unwrap_or(""));
    let lock = if about.get("security").is_some() {
        "<span class=lock title=\"needs a token\">token</span>"
    } else {
        ""
    };
    format!(
        "<details><summary><b class=\"{method}\">{method}</b> <code>{path}</code> {lock}<span>{summary}</span></summary>\
         <p>{description}</p>{body}{responses}</details>",
        method = operation.method,
        path = escape(operation.path),
        summary = text("summary"),
        description = text("description"),
        body = format_body(&about["requestBody"]),
        responses = format_responses(&about["responses"]),
    )
}

fn format_body(body: &Value) -> String {
    let schema = &body["content"]["application/json"]["schema"];
    if schema.is_null() { String::new() } else { format!("<h4>Body</h4><pre>{}</pre>", pretty(schema)) }
}

fn format_responses(responses: &Value) -> String {
    let mut rows = String::new();
    for (status, response) in responses.as_object().into_iter().flatten() {
        rows.push_str(&format_response(status, response));
    }
    format!("<h4>Answers</h4><table>{rows}</table>")
}

fn format_response(status: &str, response: &Value) -> String {
    let media = response["content"].as_object().and_then(|content| content.values().next());
    let schema = media.map(|media| &media["schema"]).filter(|schema| !schema.is_null());
    let schema = schema.map(|schema| format!("<pre>{}</pre>", pretty(schema))).unwrap_or_default();
    let about = escape(response["description"].as_str().unwrap_or(""));
    format!("<tr><th>{}</th><td>{about}{schema}</td></tr>", escape(status))
}

fn pretty(value: &Value) -> String {
    escape(&serde_json::to_string_pretty(value).unwrap_or_default())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
