//! Many requests, a bounded number at once.

use std::cell::RefCell;
use std::rc::Rc;

use tokio::task::JoinSet;

use crate::client::{Conn, Target};

/// Does `work` with each of `jobs`, over `workers` connections. The answers come in any order.
pub(crate) async fn each<T, R, F>(target: &Target, workers: usize, jobs: Vec<T>, work: F) -> Vec<R>
where
    T: 'static,
    R: 'static,
    F: AsyncFn(&mut Conn, T) -> R + 'static,
{
    let done = Rc::new(RefCell::new(Vec::with_capacity(jobs.len())));
    let (jobs, work) = (Rc::new(RefCell::new(jobs.into_iter())), Rc::new(work));
    let mut running = JoinSet::new();
    for _ in 0..workers {
        let (jobs, work, done, mut conn) =
            (jobs.clone(), work.clone(), done.clone(), Conn::new(target.clone()));
        running.spawn_local(async move {
            while let Some(job) = next(&jobs) {
                let result = work(&mut conn, job).await;
                done.borrow_mut().push(result);
            }
        });
    }
    running.join_all().await;
    done.take()
}

fn next<T>(jobs: &RefCell<std::vec::IntoIter<T>>) -> Option<T> {
    jobs.borrow_mut().next()
}
