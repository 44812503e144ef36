//! What a running command has: its settings, its streams, its connection.

use std::cell::RefCell;
use std::path::PathBuf;

use clap::Args;

use crate::Surroundings;
use crate::account;
use crate::arm::Arm;
use crate::defaults;
use crate::failure::Failure;
use crate::output::Globals;
use crate::output::paint::{Paint, Style};
use crate::output::table::cell;
use crate::progress::Progress;
use crate::settings::{self, ClientFile, Environment, Settings, variable};
use crate::transport::{Http, connector, segment};

/// One run of one command.
pub(crate) struct Session {
    pub(crate) surroundings: Surroundings,
    pub(crate) globals: Globals,
    subscription: RefCell<Option<String>>,
    // Shown behind the answer, where people look for what comes next.
    next: RefCell<Option<String>>,
}

/// The flag of commands on a resource group.
#[derive(Debug, Clone, Default, Args)]
pub struct GroupFlag {
    /// Name of the resource group; default: `cupola configure --defaults group=`.
    #[arg(short = 'g', long, value_name = "GROUP")]
    pub(crate) resource_group: Option<String>,
}

/// The flags of commands in a workspace.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct WorkspaceFlags {
    #[command(flatten)]
    pub(crate) group: GroupFlag,
    /// Name of the workspace (hub or project); default: `cupola configure --defaults workspace=`.
    #[arg(short = 'w', long, value_name = "WORKSPACE")]
    pub(crate) workspace_name: Option<String>,
}

/// A workspace, found from flags, defaults and what the server made at its first start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) group: String,
    pub(crate) workspace: String,
}

impl Session {
    pub(crate) fn new(surroundings: Surroundings, globals: Globals) -> Self {
        Self {
            surroundings,
            globals,
            subscription: RefCell::default(),
            next: RefCell::default(),
        }
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.surroundings.environment
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        settings::data_dir(self.environment(), &self.surroundings.default_data_dir)
    }

    pub(crate) fn client_file(&self) -> Result<Option<ClientFile>, Failure> {
        settings::read_client_file(&self.data_dir())
    }

    /// The control plane, as the caller that the settings name.
    pub(crate) fn connect(&self) -> Result<Arm, Failure> {
        let settings = self.settings()?;
        let http = Http::new(connector(&settings.ca_files)?, self.globals.debug);
        Ok(Arm::new(settings, http))
    }

    /// The directory, on the same server: its tokens have an audience of their own, with a slash behind it.
    pub(crate) fn connect_to_graph(&self) -> Result<Arm, Failure> {
        let settings = self.settings()?;
        let http = Http::new(connector(&settings.ca_files)?, self.globals.debug);
        let scope = format!("{}//.default", settings.url);
        Ok(Arm::with_scope(settings, http, scope))
    }

    /// The control plane, with tokens for the audience `resource` where one is named.
    pub(crate) fn connect_for(&self, resource: Option<&str>) -> Result<Arm, Failure> {
        let Some(resource) = resource else {
            return self.connect();
        };
        let settings = self.settings()?;
        let http = Http::new(connector(&settings.ca_files)?, self.globals.debug);
        Ok(Arm::with_scope(settings, http, format!("{resource}/.default")))
    }

    /// Finds what `--subscription` names. Before everything else, because every path begins with it.
    pub(crate) async fn choose_subscription(&self) -> Result<(), Failure> {
        let Some(wanted) = self.globals.subscription.as_deref() else {
            return Ok(());
        };
        let id = if is_guid(wanted) {
            wanted.to_owned()
        } else {
            let found = account::find(&self.connect()?, wanted).await?;
            cell(&found["subscriptionId"])
        };
        *self.subscription.borrow_mut() = Some(id);
        Ok(())
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let mut settings = match self.client_file() {
            Ok(file) => settings::resolve(self.environment(), file.as_ref()),
            // A file of somebody else is no obstacle for an environment that says it all.
            Err(unreadable) => settings::resolve(self.environment(), None).map_err(|_| unreadable),
        }?;
        // `cupola env` puts the first subscription into the environment; what was chosen afterwards wins over it.
        let chosen = match self.subscription.borrow().clone() {
            Some(named) => Some(named),
            None => defaults::read(&self.data_dir())?.subscription,
        };
        if let Some(chosen) = chosen {
            settings.subscription = chosen;
        }
        Ok(settings)
    }

    /// The group of a command: its flag, else the remembered one, else the server's first.
    pub(crate) fn group(&self, flag: &GroupFlag, arm: &Arm) -> Result<String, Failure> {
        let remembered = || Ok(defaults::read(&self.data_dir())?.group);
        choose(
            flag.resource_group.as_ref(),
            remembered,
            arm.settings.resource_group.as_ref(),
        )?
        .ok_or_else(|| {
            Failure::usage("No resource group is named: use -g, or remember one for all commands")
                .hint("cupola configure --defaults group=GROUP")
        })
    }

    /// The workspace of a command, in the same way.
    pub(crate) fn place(&self, flags: &WorkspaceFlags, arm: &Arm) -> Result<Place, Failure> {
        let remembered = || Ok(defaults::read(&self.data_dir())?.workspace);
        let workspace = choose(
            flags.workspace_name.as_ref(),
            remembered,
            arm.settings.workspace.as_ref(),
        )?;
        let workspace = workspace.ok_or_else(|| {
            Failure::usage("No workspace is named: use -w, or remember one for all commands")
                .hint("cupola configure --defaults workspace=WORKSPACE")
        })?;
        Ok(Place {
            group: self.group(&flags.group, arm)?,
            workspace,
        })
    }

    /// A sentence on stderr that is no error.
    pub(crate) fn warn(&self, text: &str) {
        if !self.globals.only_show_errors {
            eprintln!("{} {text}", self.stderr_paint().text(Style::Warning, "WARNING:"));
        }
    }

    /// A next step for people who look; scripts do not see it.
    pub(crate) fn suggest(&self, command: &str) {
        *self.next.borrow_mut() = Some(command.to_owned());
    }

    /// The lines that come behind the answer, on stderr.
    pub(crate) fn afterword(&self) -> String {
        let looks = self.surroundings.stderr_is_terminal && !self.globals.only_show_errors;
        let next = self.next.borrow_mut().take().filter(|_| looks);
        next.map(|command| format!("{} {command}\n", self.stderr_paint().text(Style::Dim, "Next:")))
            .unwrap_or_default()
    }

    /// A spinner, where somebody sees it.
    pub(crate) fn progress(&self, text: &str) -> Progress {
        // Lines of --debug and a spinner would write over each other.
        let quiet = self.globals.only_show_errors || self.globals.debug;
        Progress::new(self.surroundings.stderr_is_terminal && !quiet, text)
    }

    pub(crate) fn stdout_paint(&self) -> Paint {
        Paint::when(self.surroundings.stdout_is_terminal && self.colour_is_welcome())
    }

    pub(crate) fn stderr_paint(&self) -> Paint {
        Paint::when(self.surroundings.stderr_is_terminal && self.colour_is_welcome())
    }

    fn colour_is_welcome(&self) -> bool {
        settings::set(self.environment(), variable::NO_COLOR).is_none()
            && settings::set(self.environment(), "TERM") != Some("dumb")
    }
}

impl Place {
    /// The path of the workspace.
    pub(crate) fn path(&self, arm: &Arm) -> String {
        workspace_path(arm, &self.group, &self.workspace)
    }

    /// The path of one of its children, or of all of a kind.
    pub(crate) fn child(&self, arm: &Arm, kind: &str, name: Option<&str>) -> String {
        let path = self.path(arm);
        match name {
            Some(name) => format!("{path}/{kind}/{}", segment(name)),
            None => format!("{path}/{kind}"),
        }
    }
}

/// Does this look like an id, rather than like a name?
pub(crate) fn is_guid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}

/// The path of a workspace.
pub(crate) fn workspace_path(arm: &Arm, group: &str, workspace: &str) -> String {
    let provider = "providers/Microsoft.MachineLearningServices";
    format!(
        "{}/{provider}/workspaces/{}",
        arm.group(group),
        segment(workspace)
    )
}

// The file of defaults is read only when its answer matters: a broken one must not stop a command that names all.
fn choose(
    flag: Option<&String>,
    remembered: impl FnOnce() -> Result<Option<String>, Failure>,
    first: Option<&String>,
) -> Result<Option<String>, Failure> {
    if let Some(flag) = flag.filter(|flag| !flag.is_empty()) {
        return Ok(Some(flag.clone()));
    }
    Ok(remembered()?.or_else(|| first.cloned()))
}
