//! Registering, logging in, changing passwords.

use std::net::IpAddr;

use auth::password::{Attempt, Password, Refused, Stored, Verified};
use auth::token::Identity;
use edge::{Principal, Role};
use engine::{IdempotencyKey, Once};
use model::UserId;

use crate::config::{NAME_MAX, NAME_MIN, PASSWORD_MAX, PASSWORD_MIN};
use crate::store::{Changed, NewUser, Registered, User};
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
    /// Registers a buyer.
    pub async fn register(
        &self,
        username: &str,
        password: Password,
        key: Option<IdempotencyKey>,
    ) -> Result<UserId, Error> {
        self.enroll(username, password, Role::Buyer, None, key).await
    }

    /// Registers a staff user of `role`, as `by` wants it.
    pub async fn hire(
        &self,
        username: &str,
        password: Password,
        role: Role,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<UserId, Error> {
        self.enroll(username, password, role, Some(by), key).await
    }

    async fn enroll(
        &self,
        username: &str,
        password: Password,
        role: Role,
        hired_by: Option<UserId>,
        key: Option<IdempotencyKey>,
    ) -> Result<UserId, Error> {
        let username = checked_name(username)?;
        check_password(&password)?;
        let hash = self.passwords.hash(password, (self.salt)()).await.map_err(|_| Error::Busy)?;
        let at = self.now();
        let new = NewUser { id: UserId(self.ids.next(at)), username, password: hash, role, at, hired_by };
        match self.store.register(new, key).await? {
            Once::Outcome(Registered::Created(id)) => Ok(id),
            Once::Outcome(Registered::NameTaken) => Err(Error::NameTaken),
            Once::OtherBody => Err(Error::OtherBody),
        }
    }

    /// Logs in. An unknown name costs as much time as a wrong password.
    pub async fn login(&self, username: &str, password: Password, from: IpAddr) -> Result<Session, Error> {
        let user = self.store.by_name(username.trim()).await?;
        let verified = self.check(username, &password, user.as_ref(), from).await?;
        let user = user.ok_or(Error::WrongLogin)?;
        if verified.needs_upgrade {
            self.upgrade_hash(&user, password).await;
        }
        if user.frozen {
            return Err(Error::Frozen);
        }
        Ok(Session { token: self.token(&user), user })
    }

    /// Checks a password.
    async fn check(
        &self,
        account: &str,
        password: &Password,
        user: Option<&User>,
        from: IpAddr,
    ) -> Result<Verified, Error> {
        let account = account.trim().to_lowercase();
        let stored = user.map(|user| Stored { user: user.id.0, hash: &user.password });
        let attempt = Attempt { account: &account, from, password };
        self.passwords.check(attempt, stored, self.now()).await.map_err(|refused| match refused {
            Refused::TooMany(wait) => Error::TooMany { retry_after_s: wait.retry_after_s },
            Refused::Busy(_) => Error::Busy,
            Refused::Wrong => Error::WrongLogin,
            Refused::Unreadable => {
                user.inspect(|user| unreadable(user));
                Error::WrongLogin
            }
        })
    }

    /// Replaces a hash of an outdated kind. It can wait: failing here must not keep out who gave the right password.
    async fn upgrade_hash(&self, user: &User, password: Password) {
        let Ok(hash) = self.passwords.hash(password, (self.salt)()).await else { return };
        // Somebody may have changed the password meanwhile; then theirs stands.
        if let Err(error) = self.store.upgrade_password(user.id, user.password.clone(), hash).await {
            tracing::warn!(%error, user = user.id.0, "an outdated password hash stays; the next login tries again");
        }
    }

    /// A fresh token for a user whose present one is still valid.
    pub async fn renew(&self, caller: &Principal) -> Result<Session, Error> {
        let user = self.store.by_id(caller.user).await?.ok_or(Error::WrongLogin)?;
        if user.frozen {
            return Err(Error::Frozen);
        }
        Ok(Session { token: self.token(&user), user })
    }

    /// Changes a password; the old one is asked for once more. Of two who change it at once with the same old one,
    /// the second is told that it is wrong by now.
    pub async fn change_password(
        &self,
        caller: &Principal,
        old: Password,
        new: Password,
        from: IpAddr,
        key: Option<IdempotencyKey>,
    ) -> Result<(), Error> {
        check_password(&new)?;
        // Before the old password is looked at: to who repeats a change that was made, it is wrong by now.
        if let Some(key) = &key
            && let Some(known) = self.store.password_changed(key).await?
        {
            return changed(&known);
        }
        let user = self.store.by_id(caller.user).await?.ok_or(Error::Unknown)?;
        self.check(&user.username, &old, Some(&user), from).await?;
        let hash = self.passwords.hash(new, (self.salt)()).await.map_err(|_| Error::Busy)?;
        let once = self.store.change_password(user.id, user.password, hash, self.now(), key).await?;
        self.passwords.forget(user.id.0);
        changed(&once.ok_or(Error::WrongLogin)?)
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

/// Tells the operator of a row that keeps its user out.
pub(crate) fn unreadable(user: &User) {
    tracing::error!(user = user.id.0, "the stored password hash cannot be read: nobody can log in with it");
}

fn changed(once: &Once<Changed>) -> Result<(), Error> {
    match once {
        Once::Outcome(Changed) => Ok(()),
        Once::OtherBody => Err(Error::OtherBody),
    }
}

/// Letters and digits of any script, and a few signs. Nothing invisible: names that look alike must be alike.
fn may_be_in_name(letter: char) -> bool {
    letter.is_alphanumeric() || "_-.@".contains(letter)
}

fn checked_name(username: &str) -> Result<String, Error> {
    let name = username.trim();
    let length = name.chars().count();
    if !(NAME_MIN..=NAME_MAX).contains(&length) || !name.chars().all(may_be_in_name) {
        return Err(Error::Rule(
            "bad_username",
            "A user name has 3 to 32 letters, digits or any of _ - . @",
            "用户名须为 3 至 32 个字母、数字或 _ - . @。",
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
