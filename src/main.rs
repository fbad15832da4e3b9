//! The `wpsync` command. The library cannot reach this: only `cli` prints, picks exit codes and reads the
//! environment.

mod cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
