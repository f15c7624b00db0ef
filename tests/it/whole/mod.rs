//! The built program against a real engine: a small authentik of busybox containers whose server
//! answers for as long as its database does, broken in every way that containers break, and mended
//! with the very line that akdoctor prints.

mod composed;
mod inside;
mod names;
mod networks;
mod podman;
mod reach;
mod recognised;
mod run;
mod secrets;
mod stack;
mod states;
mod ways;
mod window;
