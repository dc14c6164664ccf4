//! The pages as a browser without scripts sees them: over the door of a whole shop, with a jar of cookies.

mod buying;
mod console;
mod door;
mod escaping;
mod forms;
mod reader;
mod world;
