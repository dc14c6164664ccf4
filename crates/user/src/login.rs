//! Registering, logging in, changing passwords.

use std::net::IpAddr;

use auth::password::{Attempt, Password, Refused, Stored};
use auth::token::Identity;
use edge::{Principal, Role};
use engine::{IdempotencyKey, Once};
use model::UserId;

use crate::config::{NAME_MAX, NAME_MIN, PASSWORD_MAX, PASSWORD_MIN};
use crate::store::{NewUser, Registered, User};
use crate::{Error, Service};

/// A user who has just logged in.
#[derive(Clone, Debug)]
pub struct Session {
    /// The token, valid for the signer's lifetime.
    pub token: String,
    /// Who it belongs to.
    pub user: User,
}

impl Service {
    /// Registers a user of `role`.
    pub async fn register(
        &self,
        username: &str,
        password: Password,
        role: Role,
        key: Option<IdempotencyKey>,
    ) -> Result<UserId, Error> {
        let username = checked_name(username)?;
        check_password(&password)?;
        let hash = self.passwords.hash(password, (self.salt)()).await.map_err(|_| Error::Busy)?;
        let at = self.now();
        let new = NewUser { id: UserId(self.ids.next(at)), username, password: hash, role, at };
        match self.store.register(new, key).await? {
            Once::Outcome(Registered::Created(id)) => Ok(id),
            Once::Outcome(Registered::NameTaken) => Err(Error::NameTaken),
            Once::OtherBody => Err(Error::OtherBody),
        }
    }

    /// Logs in. An unknown name costs as much time as a wrong password.
    pub async fn login(&self, username: &str, password: Password, from: IpAddr) -> Result<Session, Error> {
        let user = self.store.by_name(username.trim()).await?;
        self.check(username, &password, user.as_ref(), from).await?;
        let user = user.ok_or(Error::WrongLogin)?;
        if user.frozen {
            return Err(Error::Frozen);
        }
        Ok(Session { token: self.token(&user), user })
    }

    /// Checks a password; a hash of an outdated kind is replaced on the way.
    async fn check(
        &self,
        account: &str,
        password: &Password,
        user: Option<&User>,
        from: IpAddr,
    ) -> Result<(), Error> {
        let account = account.trim().to_lowercase();
        let stored = user.map(|user| Stored { user: user.id.0, hash: &user.password });
        let attempt = Attempt { account: &account, from, password };
        let verified = match self.passwords.check(attempt, stored, self.now()).await {
            Ok(verified) => verified,
            Err(Refused::TooMany(wait)) => return Err(Error::TooMany { retry_after_s: wait.retry_after_s }),
            Err(Refused::Busy(_)) => return Err(Error::Busy),
            Err(Refused::Wrong | Refused::Unreadable) => return Err(Error::WrongLogin),
        };
        match user {
            Some(user) if verified.needs_upgrade => self.replace_hash(user, password.clone()).await,
            _ => Ok(()),
        }
    }

    async fn replace_hash(&self, user: &User, password: Password) -> Result<(), Error> {
        let hash = self.passwords.hash(password, (self.salt)()).await.map_err(|_| Error::Busy)?;
        // Somebody else may have changed it meanwhile; then theirs stands.
        self.store.set_password(user.id, user.password.clone(), hash).await?;
        Ok(())
    }

    /// A fresh token for a user whose present one is still valid.
    pub async fn renew(&self, caller: &Principal) -> Result<Session, Error> {
        let user = self.store.by_id(caller.user).await?.ok_or(Error::WrongLogin)?;
        if user.frozen {
            return Err(Error::Frozen);
        }
        Ok(Session { token: self.token(&user), user })
    }

    /// Changes a password; the old one is asked for once more.
    pub async fn change_password(
        &self,
        caller: &Principal,
        old: Password,
        new: Password,
        from: IpAddr,
    ) -> Result<(), Error> {
        check_password(&new)?;
        let user = self.store.by_id(caller.user).await?.ok_or(Error::Unknown)?;
        let account = user.username.clone();
        self.check(&account, &old, Some(&user), from).await?;
        let user = self.store.by_id(caller.user).await?.ok_or(Error::Unknown)?;
        self.passwords.forget(user.id.0);
        self.replace_hash(&user, new).await
    }

    fn token(&self, user: &User) -> String {
        let role = match user.role {
            Role::Buyer => auth::token::Role::Buyer,
            Role::Staff => auth::token::Role::Staff,
            Role::StaffRead => auth::token::Role::StaffRead,
            Role::Service => auth::token::Role::Service,
        };
        let identity = Identity { user: user.id.0, name: user.username.clone(), role };
        self.signer.issue(&identity, self.now())
    }
}

fn checked_name(username: &str) -> Result<String, Error> {
    let name = username.trim();
    let length = name.chars().count();
    if !(NAME_MIN..=NAME_MAX).contains(&length) || name.chars().any(char::is_control) {
        return Err(Error::Rule(
            "bad_username",
            "A user name has 3 to 32 characters.",
            "用户名须为 3 至 32 个字符。",
        ));
    }
    Ok(name.to_owned())
}

fn check_password(password: &Password) -> Result<(), Error> {
    let length = password.expose().chars().count();
    if (PASSWORD_MIN..=PASSWORD_MAX).contains(&length) {
        return Ok(());
    }
    Err(Error::Rule("bad_password", "A password has 3 to 128 characters.", "密码须为 3 至 128 个字符。"))
}
