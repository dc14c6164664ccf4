//! The description of the interface: checked in, and good enough to work from.

use std::path::Path;
use std::sync::LazyLock;

use http::Method;
use serde_json::Value;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&generated()).unwrap());

/// One method on one path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) about: &'static Value,
}

impl Operation {
    pub(crate) fn method(&self) -> Method {
        Method::from_bytes(self.method.to_ascii_uppercase().as_bytes()).unwrap()
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method.to_ascii_uppercase(), self.path)
    }

    /// The schema of its JSON body, if it has one.
    pub(crate) fn body(&self) -> Option<&'static Value> {
        let schema = &self.about["requestBody"]["content"]["application/json"]["schema"];
        (!schema.is_null()).then(|| resolve(schema))
    }

    /// The names of its parameters that are `place`d in path, query or header.
    pub(crate) fn parameters(&self, place: &str) -> Vec<&'static str> {
        let parameters = self.about["parameters"].as_array().into_iter().flatten();
        let placed = parameters.filter(|parameter| parameter["in"] == place);
        placed.map(|parameter| parameter["name"].as_str().unwrap()).collect()
    }

    fn is_closed(&self) -> bool {
        self.about.get("security").is_some()
    }
}

/// All operations of the document.
pub(crate) fn operations() -> Vec<Operation> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(move |(method, about)| Operation { method, path, about })
        })
        .collect()
}

/// The schema itself, or the component it refers to.
pub(crate) fn resolve(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// The generator runs a runtime of its own, which must not be started within a test's.
fn generated() -> String {
    std::thread::spawn(|| sandglass::openapi::document().unwrap()).join().unwrap()
}

#[test]
fn the_checked_in_document_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        checked_in.trim_end() == generated().trim_end(),
        "openapi.json no longer describes the handlers; run `cargo run -p sandglass -- openapi > openapi.json` \
         and check it in",
    );
}

#[test]
fn every_operation_is_described() {
    for operation in operations() {
        let (name, about) = (operation.name(), operation.about);
        assert!(about["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name} has no summary");
        assert!(about["tags"][0].is_string(), "{name} has no tag");
        let says_401 = about["responses"].get("401").is_some();
        assert!(says_401 || !operation.is_closed(), "{name} is closed but does not mention 401");
        if about.get("requestBody").is_some() {
            let known = operation.body().is_some_and(|schema| schema.get("type").is_some());
            assert!(known, "{name} takes a body but does not say which");
        }
    }
}
