//! A small load balancer in front of the gateways. It does the one thing that replacing a gateway needs: one that was
//! taken out gets no further request, and whoever took it out waits until the last answer is through.

use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::message::{self, Kind};
use crate::{Result, wall};

/// How long the answers that are under way may take.
const DRAIN: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(10);
/// How long a gateway may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// The balancer, open until the end of the chore.
pub(super) struct Door {
    address: SocketAddr,
    gateways: Arc<Vec<Gateway>>,
}

/// A gateway, and how it stands.
struct Gateway {
    address: SocketAddr,
    /// Held while it is decided whether a request goes there.
    gate: Mutex<()>,
    is_out: AtomicBool,
    /// Which process listens there, counted: a line to an earlier one leads nowhere.
    generation: AtomicUsize,
    under_way: AtomicUsize,
}

/// A client's connection to one gateway, kept for its next request.
struct Line {
    gateway: usize,
    generation: usize,
    stream: BufReader<TcpStream>,
}

impl Door {
    /// Opens in front of the gateways at `addresses`.
    pub(super) fn open(addresses: Vec<SocketAddr>) -> Result<Self> {
        let cannot = |error: std::io::Error| format!("the load balancer cannot listen: {error}");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let gateways: Arc<Vec<Gateway>> = Arc::new(addresses.into_iter().map(Gateway::at).collect());
        let shared = Arc::clone(&gateways);
        thread::spawn(move || {
            for (number, client) in listener.incoming().flatten().enumerate() {
                let gateways = Arc::clone(&shared);
                thread::spawn(move || serve(client, &gateways, number));
            }
        });
        Ok(Self { address, gateways })
    }

    /// Where buyers come in.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends no further request to the gateway at `address` and waits for the answers under way.
    pub(super) fn take_out(&self, address: SocketAddr) -> Result<()> {
        for gateway in self.at(address) {
            let gate = gateway.gate.lock().unwrap_or_else(PoisonError::into_inner);
            gateway.is_out.store(true, Ordering::SeqCst);
            drop(gate);
            if !wall::wait_for(DRAIN, STEP, || Ok(gateway.under_way.load(Ordering::SeqCst) == 0))? {
                return Err(format!("answers of the gateway at {address} are still under way"));
            }
        }
        Ok(())
    }

    /// Sends requests there again.
    pub(super) fn put_back(&self, address: SocketAddr) {
        for gateway in self.at(address) {
            gateway.generation.fetch_add(1, Ordering::SeqCst);
            gateway.is_out.store(false, Ordering::SeqCst);
        }
    }

    fn at(&self, address: SocketAddr) -> impl Iterator<Item = &Gateway> {
        self.gateways.iter().filter(move |gateway| gateway.address == address)
    }
}

impl Gateway {
    fn at(address: SocketAddr) -> Self {
        Self {
            address,
            gate: Mutex::new(()),
            is_out: AtomicBool::new(false),
            generation: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
        }
    }

    /// Counts a request in, unless the gateway is out.
    fn enter(&self) -> bool {
        let _gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let is_in = !self.is_out.load(Ordering::SeqCst);
        if is_in {
            self.under_way.fetch_add(1, Ordering::SeqCst);
        }
        is_in
    }

    fn leave(&self) {
        self.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Passes requests and answers on, one after the other, until either side has enough.
fn serve(client: TcpStream, gateways: &[Gateway], number: usize) -> Option<()> {
    client.set_nodelay(true).ok()?;
    let mut back = client.try_clone().ok()?;
    let mut client = BufReader::new(client);
    let mut line: Option<Line> = None;
    loop {
        let request = message::read(&mut client, Kind::Request)?;
        let chosen = choose(gateways, line.as_ref(), number)?;
        let answer = pass_on(&request, gateways, chosen, &mut line);
        gateways[chosen].leave();
        back.write_all(&answer?).ok()?;
    }
}

/// The gateway the client had, or the next that is in; the request is counted in there.
fn choose(gateways: &[Gateway], line: Option<&Line>, number: usize) -> Option<usize> {
    let first = line.map_or(number, |line| line.gateway);
    (0..gateways.len()).map(|step| (first + step) % gateways.len()).find(|at| gateways[*at].enter())
}

fn pass_on(request: &[u8], gateways: &[Gateway], chosen: usize, line: &mut Option<Line>) -> Option<Vec<u8>> {
    let generation = gateways[chosen].generation.load(Ordering::SeqCst);
    let kept = line.take().filter(|line| line.gateway == chosen && line.generation == generation);
    let mut used = match kept {
        Some(line) => line,
        None => Line { gateway: chosen, generation, stream: connect(gateways[chosen].address)? },
    };
    used.stream.get_mut().write_all(request).ok()?;
    let answer = message::read(&mut used.stream, Kind::Answer)?;
    *line = Some(used);
    Some(answer)
}

fn connect(address: SocketAddr) -> Option<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address).ok()?;
    stream.set_nodelay(true).ok()?;
    stream.set_read_timeout(Some(ANSWER)).ok()?;
    Some(BufReader::new(stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateways() -> Vec<Gateway> {
        [1, 2].map(|port| Gateway::at((Ipv4Addr::LOCALHOST, port).into())).into()
    }

    #[test]
    fn a_gateway_that_is_out_gets_no_request() {
        let gateways = gateways();
        assert_eq!(choose(&gateways, None, 0), Some(0));
        gateways[0].is_out.store(true, Ordering::SeqCst);
        assert_eq!(choose(&gateways, None, 0), Some(1));
        gateways[1].is_out.store(true, Ordering::SeqCst);
        assert_eq!(choose(&gateways, None, 0), None);
        assert_eq!(gateways[0].under_way.load(Ordering::SeqCst), 1);
    }

    fn gateway() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// Takes one request, answers it and keeps the connection.
    fn answer_one(listener: &TcpListener) -> (Vec<u8>, TcpStream) {
        let (mut stream, _) = listener.accept().unwrap();
        let request = message::read(&mut BufReader::new(stream.try_clone().unwrap()), Kind::Request).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
        (request, stream)
    }

    fn ask(buyer: &mut TcpStream) -> Option<Vec<u8>> {
        buyer.write_all(REQUEST).unwrap();
        message::read(&mut BufReader::new(buyer), Kind::Answer)
    }

    const REQUEST: &[u8] = b"POST /orders HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody";

    #[test]
    fn a_buyers_connection_outlives_the_gateway_behind_it() {
        let (listener, address) = gateway();
        let door = Door::open(vec![address]).unwrap();
        let mut buyer = TcpStream::connect(door.address).unwrap();
        for _ in 0..2 {
            let answering = thread::spawn({
                let listener = listener.try_clone().unwrap();
                move || answer_one(&listener)
            });
            assert!(ask(&mut buyer).unwrap().ends_with(b"\r\n\r\nok"));
            let (request, connection) = answering.join().unwrap();
            assert_eq!(request, REQUEST);
            door.take_out(address).unwrap();
            // The gateway ends, and with it its side of the connection; a successor listens.
            drop(connection);
            door.put_back(address);
        }
    }
}
