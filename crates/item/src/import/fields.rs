//! From the fields of a record to an item, or to what is wrong with them.

use model::{Cents, ItemId};
use serde_json::{Map, Value};

use crate::catalogue::{Draft, Fault, Status};
use crate::pictures;
use crate::store::Row;

/// Columns of the reference's own tables that say nothing we keep.
const IGNORED: [&str; 6] = ["create_time", "createTime", "update_time", "updateTime", "creater", "updater"];

/// The name we know a field by.
fn canonical(name: &str) -> Option<&'static str> {
    Some(match name {
        "id" => "id",
        "name" => "name",
        "price" => "price",
        "stock" => "stock",
        "image" => "image",
        "category" => "category",
        "brand" => "brand",
        "spec" => "spec",
        "sold" => "sold",
        "commentCount" | "comment_count" => "commentCount",
        "isAD" | "isAd" | "is_ad" => "isAD",
        "status" => "status",
        _ => return None,
    })
}

/// Whether a field of this name may stand in a file.
pub(super) fn is_known(name: &str) -> bool {
    canonical(name).is_some() || IGNORED.contains(&name)
}

/// The item that `fields` describe.
pub(super) fn row(fields: &Map<String, Value>) -> Result<Row, String> {
    if let Some(name) = fields.keys().find(|name| !is_known(name)) {
        return Err(format!("unknown field `{name}`"));
    }
    parse(&Fields(fields)).map_err(|fault| fault.to_string())
}

fn parse(fields: &Fields<'_>) -> Result<Row, Fault> {
    let id = fields.text("id")?.parse::<ItemId>().map_err(|bad| Fault::new("id", bad.to_string()))?;
    let draft = Draft {
        name: fields.text("name")?,
        price: Cents(fields.needed("price")?),
        stock: fields.needed("stock")?,
        image: Some(fields.text("image")?)
            .filter(|image| !image.is_empty())
            .unwrap_or(pictures::DEFAULT.into()),
        category: fields.text("category")?,
        brand: fields.text("brand")?,
        spec: fields.spec(),
        sold_before: fields.number("sold")?.unwrap_or(0),
        comment_count: fields.number("commentCount")?.unwrap_or(0),
        is_ad: fields.flag("isAD")?,
        status: fields.status()?,
    };
    draft.check()?;
    Ok(Row { id, draft })
}

struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    fn get(&self, name: &'static str) -> Option<&Value> {
        let found = self.0.iter().find(|(key, _)| canonical(key) == Some(name));
        found.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    fn text(&self, name: &'static str) -> Result<String, Fault> {
        match self.get(name) {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.trim().to_owned()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(_) => Err(Fault::new(name, "is not text")),
        }
    }

    fn number(&self, name: &'static str) -> Result<Option<i64>, Fault> {
        let text = self.text(name)?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| Fault::new(name, format!("`{text}` is not a whole number")))
    }

    fn needed(&self, name: &'static str) -> Result<i64, Fault> {
        self.number(name)?.ok_or_else(|| Fault::new(name, "is missing"))
    }

    fn flag(&self, name: &'static str) -> Result<bool, Fault> {
        if let Some(Value::Bool(flag)) = self.get(name) {
            return Ok(*flag);
        }
        match self.text(name)?.as_str() {
            "" | "0" | "false" => Ok(false),
            "1" | "true" => Ok(true),
            other => Err(Fault::new(name, format!("`{other}` is neither true nor false"))),
        }
    }

    /// JSON text as it is, or a JSON value as its text.
    fn spec(&self) -> Option<String> {
        match self.get("spec") {
            None => None,
            Some(Value::String(text)) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Some(value) => Some(value.to_string()),
        }
    }

    fn status(&self) -> Result<Status, Fault> {
        let code = self.number("status")?.unwrap_or(1);
        let code = u8::try_from(code).unwrap_or(0);
        Status::try_from(code).map_err(|why| Fault::new("status", why))
    }
}
