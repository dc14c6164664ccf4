//! Why something about a user was not done.

use api::{Kind, Problem};

/// Why something about a user was not done.
#[derive(Debug)]
pub enum Error {
    /// There is no such thing, or it is somebody else's.
    Unknown,
    /// A rule about the content is broken: stable code, English, Chinese.
    Rule(&'static str, &'static str, &'static str),
    /// The user name is taken.
    NameTaken,
    /// Name or password is wrong; which of them is not said.
    WrongLogin,
    /// The account is frozen.
    Frozen,
    /// Too many wrong passwords.
    TooMany {
        /// When to try again, in seconds.
        retry_after_s: u64,
    },
    /// Too many passwords are being checked.
    Busy,
    /// The idempotency key was used for another request.
    OtherBody,
    /// The storage failed.
    Storage(engine::Error),
}

impl From<engine::Error> for Error {
    fn from(error: engine::Error) -> Self {
        Error::Storage(error)
    }
}

impl From<Error> for edge::Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Storage(error) => error.into(),
            other => problem(&other).into(),
        }
    }
}

fn problem(error: &Error) -> Problem {
    match error {
        Error::Unknown => Problem::not_found(),
        Error::Rule(code, en, zh) => Problem::new(Kind::Refused, code, *en, *zh),
        Error::NameTaken => {
            Problem::new(Kind::Conflict, "name_taken", "This user name is taken.", "用户名已被占用。")
        }
        Error::WrongLogin => Problem::new(
            Kind::Unauthenticated,
            "wrong_login",
            "User name or password is wrong.",
            "用户名或密码错误。",
        ),
        Error::Frozen => {
            Problem::new(Kind::Forbidden, "frozen", "This account is frozen.", "该账户已被冻结。")
        }
        Error::TooMany { retry_after_s } => Problem::new(
            Kind::TooMany,
            "too_many_tries",
            "Too many wrong passwords; please wait a moment.",
            "密码错误次数过多，请稍后再试。",
        )
        .retry_after(u32::try_from(*retry_after_s).unwrap_or(u32::MAX)),
        Error::Busy => Problem::unavailable(),
        Error::OtherBody => Problem::key_reused(),
        Error::Storage(_) => Problem::internal(),
    }
}
