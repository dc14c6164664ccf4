//! Whether what the server acknowledges is on its disk.

use super::Db;
use crate::Result;

/// How a server keeps what it has committed, as our own connections are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// `synchronous_commit`: of the server, the database, the role or the address, whichever was said last.
    pub synchronous_commit: String,
    /// `fsync`, of the server.
    pub fsync: String,
}

impl Keeping {
    /// The setting by which a commit could be forgotten after it was acknowledged, if there is one. All values of
    /// `synchronous_commit` but `off` wait for the server's own disk; they differ in what they wait for elsewhere.
    pub fn forgets(&self) -> Option<&'static str> {
        if self.fsync != "on" {
            Some("fsync")
        } else if self.synchronous_commit == "off" {
            Some("synchronous_commit")
        } else {
            None
        }
    }
}

impl Db {
    /// Asks the server how it keeps what is committed here.
    pub async fn keeping(&self) -> Result<Keeping> {
        let sql = "SELECT current_setting('synchronous_commit'), current_setting('fsync')";
        let rows = self.conn().await?.query(sql, &[]).await?;
        let text =
            |column: usize| rows.first().map_or(Ok(String::new()), |row| row.try_get::<_, String>(column));
        Ok(Keeping { synchronous_commit: text(0)?, fsync: text(1)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_waits_for_the_disk_keeps() {
        let forgets = |synchronous_commit: &str, fsync: &str| {
            Keeping { synchronous_commit: synchronous_commit.into(), fsync: fsync.into() }.forgets()
        };
        for keeps in ["on", "local", "remote_write", "remote_apply"] {
            assert_eq!(forgets(keeps, "on"), None, "{keeps}");
        }
        assert_eq!(forgets("off", "on"), Some("synchronous_commit"));
        assert_eq!(forgets("on", "off"), Some("fsync"));
        assert_eq!(forgets("", ""), Some("fsync"), "a server that does not say does not vouch");
    }
}
