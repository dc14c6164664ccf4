//! The binary's parts: configuration, composition, command line.

pub mod archive;
pub mod chaos;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo_data;
pub mod logging;
pub mod node;
pub mod openapi;
pub mod ops;
pub mod secrets;
pub mod serve;
pub mod shop;
pub mod tokens;
pub mod traces;
pub mod transfer;
pub mod up;
