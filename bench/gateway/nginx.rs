//! What we compare with: nginx, as a plain proxy that keeps its connections and buffers nothing.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const CLOCK_TICKS: f64 = 100.0;
const PATIENCE: Duration = Duration::from_secs(5);

/// A running nginx with one worker.
pub(crate) struct Nginx {
    process: Child,
    pub(crate) address: String,
}

impl Nginx {
    /// Starts it in front of `upstream`, an address with a port.
    pub(crate) fn start(upstream: &str, folder: &Path) -> Result<Self, String> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a free port")
            .port();
        let address = format!("127.0.0.1:{port}");
        let file = folder.join("nginx.conf");
        let place = folder.display();
        let settings = format!(
            "daemon off;\nworker_processes 1;\npid {place}/nginx.pid;\nerror_log stderr crit;\n\
             events {{ worker_connections 8192; }}\n\
             http {{\n  access_log off;\n  keepalive_requests 100000000;\n  client_body_buffer_size 64k;\n\
             client_body_temp_path {place}/body;\n  proxy_temp_path {place}/proxy;\n  fastcgi_temp_path {place}/fastcgi;\n\
             uwsgi_temp_path {place}/uwsgi;\n  scgi_temp_path {place}/scgi;\n\
             upstream model {{ server {upstream}; keepalive 64; keepalive_requests 100000000; }}\n\
             server {{\n    listen {address};\n    location / {{\n      proxy_pass http://model;\n      proxy_http_version 1.1;\n\
             proxy_set_header Connection \"\";\n      proxy_buffering off;\n    }}\n  }}\n}}\n"
        );
        std::fs::write(&file, settings).expect("written");
        let process = Command::new("nginx")
            .args(["-p", &place.to_string(), "-c", &file.display().to_string()])
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("nginx could not be started ({error}); install nginx-light"))?;
        let nginx = Self { process, address };
        let start = tokio::time::Instant::now();
        while std::net::TcpStream::connect(&nginx.address).is_err() {
            if start.elapsed() > PATIENCE {
                return Err("nginx does not answer".to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(nginx)
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master ends its workers when it is asked to, not when it is killed.
        let id = nix::unistd::Pid::from_raw(self.process.id().cast_signed());
        let _ = nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM);
        let _ = self.process.wait();
    }
}

/// A process and all that it started.
pub(crate) fn tree(id: u32) -> Vec<u32> {
    let mut all = vec![id];
    let mut at = 0;
    while let Some(id) = all.get(at).copied() {
        let tasks = std::fs::read_dir(format!("/proc/{id}/task"))
            .into_iter()
            .flatten();
        for task in tasks.flatten() {
            let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            all.extend(
                children
                    .split_whitespace()
                    .filter_map(|child| child.parse::<u32>().ok()),
            );
        }
        at += 1;
    }
    all
}

/// Seconds of CPU that a tree of processes has used.
pub(crate) fn cpu(id: u32) -> f64 {
    let ticks = |id: u32| -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // Behind the name, which may have spaces, the state is field 3; user and system time are 14 and 15.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
    };
    tree(id).into_iter().filter_map(ticks).sum::<f64>() / CLOCK_TICKS
}

/// Resident memory of a tree of processes that is theirs alone or shared by them, in MiB.
pub(crate) fn resident_mib(id: u32) -> f64 {
    let kib = |id: u32| -> Option<f64> {
        let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
        let line = rollup.lines().find(|line| line.starts_with("Pss:"))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    };
    tree(id).into_iter().filter_map(kib).sum::<f64>() / 1024.0
}
