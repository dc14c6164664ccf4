//! `bench orders`, from the first buyer to the verdict.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::Auditor;
use crate::args::{Mix, Mode, OrdersArgs};
use crate::book::Book;
use crate::client::{Conn, Target};
use crate::pace::Pace;
use crate::report::orders::{Report, Used};
use crate::stats::Stats;
use crate::users::User;
use crate::verdict::{self, Closing};
use crate::views::{self, Views};
use crate::wall::Wall;
use crate::workload::{self, Run};
use crate::{catalogue, machine, progress, users};

/// Does the whole run.
pub(crate) async fn orders(args: &OrdersArgs, auditor: Option<Auditor>) -> Result<Report> {
    let target = Target::of(&args.url).await?;
    let Prepared { run, staff, views } = prepare(args, target).await?;
    let used = load(&run, args).await?;
    let views = views.map(Views::close);
    let closing = Closing {
        patience: Duration::from_secs(if args.mix == Mix::Lifecycle { args.patience } else { 0 }),
        slack: Duration::from_secs(args.slack),
    };
    let (verdict, lateness) = verdict::judge(&run, staff.map(|staff| staff.token), closing).await;
    let audit = match auditor {
        Some(auditor) => verdict::audited(auditor).await,
        None => verdict::audit(args.data.as_deref()).await,
    };
    let verdict = verdict.with_audit(audit);
    Ok(Report::of(args, &run, used, verdict, &lateness, views))
}

/// What is there before the load.
struct Prepared {
    run: Rc<Run>,
    staff: Option<User>,
    views: Option<Views>,
}

async fn prepare(args: &OrdersArgs, target: Target) -> Result<Prepared> {
    let mut conn = Conn::new(target.clone());
    let wanted = if args.hot { 1 } else { args.items as usize };
    let items = catalogue::buyable(&mut conn, wanted).await?;
    let staff = staff(args, &mut conn).await?;
    let name = format!("{:08x}", rand::random::<u32>());
    let bar = progress::bar(args.users.into(), "registering buyers");
    let made = bar.clone();
    let buyers = users::buyers(&target, &name, args.users, staff.clone(), move || made.inc(1)).await?;
    bar.finish_and_clear();
    let views = match args.views {
        0 => None,
        count => {
            let pages = Target::of(args.pages_url.as_ref().unwrap_or(&args.url)).await?;
            Some(views::open((&target, &pages), &name, count, &items).await?)
        }
    };

    // Everybody is there: the clock of the run starts now.
    let (warmup, seconds) = (Duration::from_secs(args.warmup), Duration::from_secs(args.seconds));
    let rate = if args.mode == Mode::Open { args.rate } else { None };
    let run = Run {
        name,
        target,
        wall: Wall::start(),
        users: buyers,
        items,
        paid_of_hundred: args.paid_of_hundred(),
        seed: args.seed,
        pace: RefCell::new(Pace::new(rate, warmup + seconds)),
        stats: RefCell::new(Stats::new(warmup..warmup + seconds)),
        book: RefCell::new(Book::default()),
    };
    Ok(Prepared { run: Rc::new(run), staff, views })
}

async fn staff(args: &OrdersArgs, conn: &mut Conn) -> Result<Option<User>> {
    match &args.staff_password {
        Some(password) => Ok(Some(users::staff(conn, &args.staff_user, password).await?)),
        None if args.paid_of_hundred() == 0 => Ok(None),
        None => bail!(
            "paying needs money in the wallets: give the staff user's password with --staff-password, or in \
             SANDGLASS_STAFF_PASSWORD"
        ),
    }
}

/// Runs the clients to the end; answers what the tool itself used meanwhile.
async fn load(run: &Rc<Run>, args: &OrdersArgs) -> Result<Used> {
    let end = Duration::from_secs(args.warmup + args.seconds);
    let shown = tokio::task::spawn_local(progress::show(run.clone(), end));
    let (cpu, start) = (machine::own_cpu_seconds(), run.wall.now());
    let worked = workload::work(run, args.clients).await;
    let (now, cpu) = (run.wall.now(), machine::own_cpu_seconds() - cpu);
    shown.abort();
    run.stats.borrow_mut().roll(now);
    worked?;
    Ok(Used { cores: cpu / now.saturating_sub(start).as_secs_f64() })
}
