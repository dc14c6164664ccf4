//! What a browser loads along with a page.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::visit::{BROWSER, PLAIN, request};
use crate::client::Conn;

/// The files that pages load, each with how many bytes it has on the wire.
#[derive(Debug, Default)]
pub(crate) struct Scales(BTreeMap<String, u64>);

impl Scales {
    /// How many bytes the files are, together, that `page` loads from the shop. An error names one that is not there.
    pub(crate) async fn weigh(&mut self, conn: &mut Conn, page: &str) -> Result<u64> {
        let mut sum = 0;
        for path in loaded(page) {
            sum += match self.0.get(&path) {
                Some(bytes) => *bytes,
                None => self.fetch(conn, path).await?,
            };
        }
        Ok(sum)
    }

    async fn fetch(&mut self, conn: &mut Conn, path: String) -> Result<u64> {
        let bytes = match conn.send(request(path.parse()?, None, BROWSER)).await {
            Ok(answer) if answer.status == 200 => answer.body.len() as u64,
            Ok(answer) => bail!("its {path} is answered {}", answer.status),
            Err(_) => bail!("its {path} is not answered"),
        };
        self.0.insert(path, bytes);
        Ok(bytes)
    }
}

/// The page as text, asked for without compression.
pub(crate) async fn text(
    conn: &mut Conn,
    uri: http::Uri,
    cookie: Option<&http::HeaderValue>,
) -> Result<String> {
    match conn.send(request(uri, cookie, PLAIN)).await {
        Ok(answer) if answer.status == 200 => Ok(String::from_utf8_lossy(&answer.body).into_owned()),
        Ok(answer) => bail!("answered {}", answer.status),
        Err(_) => bail!("not answered"),
    }
}

/// The paths of the shop that `page` loads: style sheets, scripts, pictures.
fn loaded(page: &str) -> BTreeSet<String> {
    let paths = page.split('<').skip(1).filter_map(|tag| {
        let tag = tag.split('>').next()?;
        match tag.split_whitespace().next()? {
            "link" => attribute(tag, "href"),
            "script" | "img" => attribute(tag, "src"),
            _ => None,
        }
    });
    paths.filter(|path| path.starts_with('/') && !path.starts_with("//")).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = value.split_once('"')?;
    Some(value.replace("&#38;", "&").replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_scripts_and_pictures_of_the_shop_are_loaded_and_links_are_not() {
        let page = concat!(
            r#"<link rel="stylesheet" href="/assets/a.css"><script src="/assets/a.js" defer></script>"#,
            r#"<a href="/shop/cart">x</a><img alt="" src="/pictures/a.svg?a=1&#38;b=2">"#,
            r#"<img src="https://elsewhere.example/b.png"><img src="//elsewhere.example/c.png">"#,
        );
        let expected = ["/assets/a.css", "/assets/a.js", "/pictures/a.svg?a=1&b=2"];
        assert_eq!(loaded(page).into_iter().collect::<Vec<_>>(), expected);
    }
}
