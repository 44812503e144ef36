//! What the server says when it is ready: where it is, and what to type next.

use crate::client_file::ClientFile;
use cupola_core::Secret;
use std::io::Write as _;
use std::path::Path;

pub(crate) fn print(client: &ClientFile, data_dir: &Path, first_start: bool, invitation: Option<&Secret>) {
    // Nobody may be reading any more; that is no reason not to serve.
    let _ = writeln!(
        std::io::stdout(),
        "{}",
        text(client, &data_dir.display().to_string(), first_start, invitation)
    );
}

fn text(client: &ClientFile, data_dir: &str, first_start: bool, invitation: Option<&Secret>) -> String {
    let mut made = String::new();
    if first_start {
        made += &format!(
            "\nFirst start: made subscription {}, resource group {}, project {} and an administrator.\n",
            client.subscription_id, client.resource_group, client.workspace
        );
    }
    if let Some(link) = invitation {
        made += &format!(
            "Choose your own name and password, once and within 24 hours; the portal follows:\n  {http}{link}\nFrom \
             another machine, whose browser does not know this server's certificate yet:\n  {https}{link}\n",
            // Browsers keep the cookie of a session on plain http of this machine, and have no certificate to warn of there.
            http = client.http_url,
            https = client.url,
            link = link.expose()
        );
    }
    format!(
        r#"Cupola is ready.
  portal {http}/portal
  https  {https}
  http   {http}
  data   {data_dir}
{made}
Next, in another terminal:
  printf 'name: hello\nmodel_id: azureml://registries/cupola/models/tiny-chat\n' > endpoint.yml
  cupola ml serverless-endpoint create -f endpoint.yml
  cupola chat -n hello
Your own clients:
  eval "$(cupola env)"
Stop with Ctrl-C."#,
        https = client.url,
        http = client.http_url,
    )
}
