//! The kernels' own threads: all cores but one, and on Linux at a low priority, so that the writer
//! and the web server never wait for a report.

use std::sync::Arc;

/// Threads the kernels run on. Cheap to clone.
#[derive(Clone)]
pub struct Pool {
    threads: Arc<rayon::ThreadPool>,
}

impl Pool {
    /// A pool of `threads` threads; zero means "all cores but one", and at least one.
    ///
    /// # Errors
    /// When the operating system refuses to start a thread.
    pub fn new(threads: usize) -> Result<Pool, rayon::ThreadPoolBuildError> {
        let count = if threads > 0 {
            threads
        } else {
            std::thread::available_parallelism()
                .map_or(1, usize::from)
                .saturating_sub(1)
                .max(1)
        };
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|n| format!("kernel-{n}"))
            .start_handler(|_| stand_back())
            .build()?;
        Ok(Pool::from(Arc::new(threads)))
    }

    /// Runs `work` on the pool; parallel iterators inside it use the pool's threads.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.threads.install(work)
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        self.threads.current_num_threads()
    }
}

/// How far such threads stand back behind the writer and the web server (Unix niceness).
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Lets every other thread of the program go first: for threads that work long and are not waited
/// for. On Linux priorities belong to threads.
#[cfg(target_os = "linux")]
pub fn stand_back() {
    // Refused (it never is for a larger niceness), the thread merely stays as important as others.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICENESS);
}

/// Elsewhere all threads are alike.
#[cfg(not(target_os = "linux"))]
pub fn stand_back() {}

impl From<Arc<rayon::ThreadPool>> for Pool {
    fn from(threads: Arc<rayon::ThreadPool>) -> Self {
        Pool { threads }
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({} threads)", self.threads())
    }
}
