"""The unmodified azure-ai-projects: the client of OpenAI that it makes for a project."""

from azure.ai.projects import AIProjectClient

from surfaces import PROJECT, say


def test_the_client_of_a_project(surfaces, credential):
    project = AIProjectClient(endpoint=f"{surfaces.url}/api/projects/{PROJECT}", credential=credential)
    client = project.get_openai_client(api_key=surfaces.key)
    assert client.responses.create(model="command", input=say("Hello there.")).output_text == "Hello there."
    answer = client.chat.completions.create(model="command", messages=[{"role": "user", "content": say("Hello.")}])
    assert answer.choices[0].message.content == "Hello."
