//! `cupola az-setup`: the Azure CLI, ready for this server, by lines for a shell.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::env::{Shell, line, variables};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;
use crate::settings::{ClientFile, variable};

/// The flags of `cupola az-setup`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
    eval \"$(cupola az-setup)\"\n  \
    cupola az-setup --shell fish | source\n  \
    cupola az-setup --no-login")]
pub struct AzSetup {
    /// The shell that will read the lines; bash is also for zsh and sh.
    #[arg(long, value_enum, default_value = "bash")]
    shell: Shell,
    /// Name of the cloud in the Azure CLI.
    #[arg(long, default_value = "Cupola", value_name = "NAME")]
    cloud: String,
    /// Do not sign in; for those who sign in as themselves.
    #[arg(long)]
    no_login: bool,
}

impl AzSetup {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let data_dir = session.data_dir();
        let data_dir = std::path::absolute(&data_dir).unwrap_or(data_dir);
        let file = session.client_file()?;
        let compiler = match &session.surroundings.executable {
            Some(program) => Some(link(&data_dir.join("bin"), program)?),
            None => None,
        };
        let mut variables = variables(&data_dir.to_string_lossy(), file.as_ref(), session.environment())?;
        variables.push(("AZURE_CORE_INSTANCE_DISCOVERY", "false".to_owned()));
        let commands = self.commands(&variables, file.as_ref());
        if session.globals.output.is_some() || session.globals.query.is_some() {
            let shown = variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
            return Ok(Answer::value(json!({
                "environment": serde_json::Map::from_iter(shown),
                "commands": commands,
                "bicep": compiler.map(|path| path.display().to_string()),
            })));
        }
        // Somebody who looks needs no secret; the shell that reads does.
        let hidden = session.surroundings.stdout_is_terminal;
        let mut text = String::new();
        for (name, value) in &variables {
            if *name == variable::CLIENT_SECRET && hidden {
                text +=
                    &format!("# {name} is set too, where a shell reads this: eval \"$(cupola az-setup)\"\n");
            } else {
                text += &line(self.shell, name, value);
            }
        }
        if let Some(folder) = compiler.as_deref().and_then(Path::parent) {
            text += &on_path(self.shell, &folder.to_string_lossy());
        }
        for command in commands {
            text += &(command + "\n");
        }
        Ok(Answer::Text(text))
    }

    fn commands(&self, variables: &[(&'static str, String)], file: Option<&ClientFile>) -> Vec<String> {
        let value = |wanted: &str| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let cloud = quoted(self.shell, &self.cloud);
        let url = quoted(self.shell, &value(variable::URL));
        // A cloud that is known from an earlier time, or from the metadata, only needs to be chosen.
        let (quietly, otherwise) = match self.shell {
            Shell::Bash => (" >/dev/null 2>&1 || ", String::new()),
            Shell::Fish => (" >/dev/null 2>&1; or ", String::new()),
            Shell::Powershell => (" *> $null; if ($LASTEXITCODE -ne 0) { ", " }".to_owned()),
        };
        let mut commands = vec![
            format!(
                "az cloud show -n {cloud}{quietly}az cloud register -n {cloud} --endpoint-resource-manager {url}{otherwise}"
            ),
            format!("az cloud set -n {cloud}"),
            "az config set bicep.use_binary_from_path=true core.instance_discovery=false --only-show-errors"
                .to_owned(),
        ];
        if !self.no_login {
            // The tenant's own id: the word that other clients want would end up in every profile of az.
            let tenant = file
                .and_then(|file| file.tenant_id.clone())
                .unwrap_or_else(|| value(variable::TENANT));
            let name = |name: &str| match self.shell {
                Shell::Bash | Shell::Fish => format!("\"${name}\""),
                Shell::Powershell => format!("$env:{name}"),
            };
            commands.push(format!(
                "az login --service-principal -u {} -p {} --tenant {} --only-show-errors -o none",
                name(variable::CLIENT_ID),
                name(variable::CLIENT_SECRET),
                quoted(self.shell, &tenant),
            ));
            commands.push(format!("az account set -s {}", name(variable::SUBSCRIPTION)));
        }
        commands
    }
}

fn quoted(shell: Shell, text: &str) -> String {
    match shell {
        Shell::Bash => format!("'{}'", text.replace('\'', r"'\''")),
        Shell::Fish => format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'")),
        Shell::Powershell => format!("'{}'", text.replace('\'', "''")),
    }
}

fn on_path(shell: Shell, folder: &str) -> String {
    let folder = quoted(shell, folder);
    match shell {
        Shell::Bash => format!("export PATH={folder}:\"$PATH\"\n"),
        Shell::Fish => format!("fish_add_path --path --move {folder}\n"),
        Shell::Powershell => {
            format!("$env:PATH = {folder} + [IO.Path]::PathSeparator + $env:PATH\n")
        }
    }
}

// A link of that name to this program; it behaves as the compiler when it is called so.
fn link(folder: &Path, program: &Path) -> Result<PathBuf, Failure> {
    let target = folder.join("bicep");
    let failed = |error: std::io::Error| {
        Failure::new(format!("{} cannot be made: {error}", target.display()))
            .hint("CUPOLA_DATA_DIR=DIR cupola az-setup, with a folder that you may write")
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    if std::fs::read_link(&target).is_ok_and(|known| known == program) {
        return Ok(target);
    }
    // Made beside and renamed, so that an az that runs at this moment always finds one.
    let beside = folder.join(format!("bicep.{}", std::process::id()));
    symlink(program, &beside)
        .and_then(|()| std::fs::rename(&beside, &target))
        .inspect_err(|_| drop(std::fs::remove_file(&beside)))
        .map_err(failed)?;
    Ok(target)
}

#[cfg(unix)]
fn symlink(program: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(program, link)
}

#[cfg(not(unix))]
fn symlink(program: &Path, link: &Path) -> std::io::Result<()> {
    std::fs::copy(program, link).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_made_once_and_moved_when_the_program_moves() {
        let dir = tempfile::tempdir().expect("a directory");
        let folder = dir.path().join("data/bin");
        let target = link(&folder, Path::new("/opt/one")).expect("links");
        assert_eq!(
            std::fs::read_link(&target).expect("a link"),
            Path::new("/opt/one")
        );
        link(&folder, Path::new("/opt/one")).expect("links");
        link(&folder, Path::new("/opt/two")).expect("links");
        assert_eq!(
            std::fs::read_link(&target).expect("a link"),
            Path::new("/opt/two")
        );
        assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 1);
    }

    #[test]
    fn the_lines_name_the_secret_and_do_not_say_it() {
        let variables = [
            (variable::URL, "https://127.0.0.1:8443".to_owned()),
            (variable::TENANT, "adfs".to_owned()),
            (variable::CLIENT_SECRET, "S&S".to_owned()),
        ];
        let file = ClientFile {
            tenant_id: Some("T".into()),
            ..ClientFile::default()
        };
        let lines = |shell: Shell| {
            let setup = AzSetup {
                shell,
                cloud: "Cupola".into(),
                no_login: false,
            };
            setup.commands(&variables, Some(&file)).join("\n")
        };
        insta::assert_snapshot!(lines(Shell::Bash), @r#"
        az cloud show -n 'Cupola' >/dev/null 2>&1 || az cloud register -n 'Cupola' --endpoint-resource-manager 'https://127.0.0.1:8443'
        az cloud set -n 'Cupola'
        az config set bicep.use_binary_from_path=true core.instance_discovery=false --only-show-errors
        az login --service-principal -u "$AZURE_CLIENT_ID" -p "$AZURE_CLIENT_SECRET" --tenant 'T' --only-show-errors -o none
        az account set -s "$AZURE_SUBSCRIPTION_ID"
        "#);
        assert!(lines(Shell::Powershell).contains("-p $env:AZURE_CLIENT_SECRET"));
    }
}
