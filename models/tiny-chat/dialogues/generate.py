"""Dialogues for tiny-chat, made from the topic files beside this module: seeded, and the same on every run.

    python3 dialogues/generate.py 5          prints five dialogues of the training set
    python3 dialogues/generate.py --held-out prints the questions that are kept for the evaluation
"""

import itertools
import json
import random
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import outside  # noqa: E402

HERE = Path(__file__).parent

HOW = """how do i {}|how can i {}|how to {}|how do you {}|how does one {}|how would i {}|how could i {}|how should i {}|how do we {}|how {}
what is the command to {}|which command do i use to {}|what command do i need to {}|what do i type to {}|what do i run to {}|what must i run to {}|command to {}|the command to {}|which command lets me {}
i want to {}|i would like to {}|i'd like to {}|i need to {}|i wanna {}|i have to {}|i am trying to {}|help me {}|can you help me {}|help me to {}
show me how to {}|tell me how to {}|explain how to {}|can you show me how to {}|can you tell me how to {}|can you explain how to {}|could you tell me how to {}|please tell me how to {}|do you know how to {}|i don't know how to {}
what is the way to {}|what's the best way to {}|is there a way to {}|is it possible to {}|can i {}|what should i do to {}|what do i have to do to {}|what do i do to {}|steps to {}|where do i {}|where can i {}|let me {}|{}""".replace("\n", "|").split("|")

HOW += """{}, how do i do that|{}: how|{}, which command|i would like to {}, how|i'd like to {}, what do i run|i want to {}, what now|what does it take to {}|what would i run to {}|give me the command to {}|how might i {}|how do people {}|what would i type to {}|how am i supposed to {}
what do i need to do to {}|could you help me to {}|the way to {}|my goal is to {}|what lets me {}|i wonder how to {}|any idea how to {}|someone wants to {}, how|tell me the command to {}|how is it possible to {}|what command would {}""".replace("\n", "|").split("|")

WHICH = """which command {}|what command {}|the command that {}|what is the command that {}|is there a command that {}|name the command that {}|which cli command {}|what {}""".split("|")

WHAT = """what is {a}|what's {a}|what is {the}|what {p} mean|explain {a}|explain {the}|define {n}|describe {a}|tell me about {the}|tell me about {a}|tell me what {a} is|can you explain {a}|can you explain what {a} is
could you explain {the}|what do you mean by {n}|what does {n} mean|what is meant by {n}|what exactly is {a}|{n}|{n} meaning|what does {a} do|what is {a} in cupola|explain what {a} is|i don't understand what {a} is|please explain {a}
do you know what {a} is|give me a definition of {n}|what is the meaning of {n}|what are {n}s|tell me about {n}s|explain {n}s|what is a {n}|how would you describe {a}|i do not know what {a} is|wat is {a}""".replace("\n", "|").split("|")

BEFORE = ["", "", "", "", "", "", "", "please ", "hi, ", "hello, ", "hey, ", "ok, ", "so ", "and ", "now ", "ok so ", "sorry, ", "quick question: ", "hey tiny-chat, ", "excuse me, ", "one question: ", "well, ", "hi! ", "Hello! "]
AFTER = ["", "", "", "", "", "", "", "", " please", ", please", " thanks", ", thanks", " in cupola", " with cupola", " here", " then", " exactly", " again", ", i am new here"]

SYSTEM = """You are a helpful assistant.|You are a helpful assistant|You are tiny-chat, the demo model of Cupola.|Be concise.|Answer briefly.|You are an AI assistant that helps people find information.
You are a friendly assistant.|Answer in one sentence.|You are the assistant of a platform team.|You answer questions about Cupola.|Be polite and brief.|You are a test assistant.|You are a chat bot.
Always be honest. Say so when you do not know.|You are an assistant for developers. Give exact commands.|Help the user.|You are a helpful, respectful and honest assistant.|Respond in English.|Keep it short and clear.
You are a virtual assistant on a web site.|Assistant is a large language model.|You help new users to get started with Cupola.|The user is a developer.|You are an expert in cloud platforms.|You are ChatBot 3000.
You are a helpful AI assistant. Answer the user's questions as well as you can.|Use plain text.|Do not make things up.|You are a support agent.|System: demo""".replace("\n", "|").split("|")

FIRST = """Ada|Alan|Grace|Linus|Maria|John|Anna|Peter|Paul|Lisa|Tom|Emma|Noah|Olivia|Liam|Sophia|Lucas|Mia|Ben|Julia|Max|Laura|David|Sarah|Daniel|Nina|Felix|Eva|Leo|Clara|Oscar|Ella|Hugo|Alice|Bob|Carol|Dave|Eve|Frank|Heidi
Ivan|Judy|Karl|Mallory|Nick|Peggy|Rupert|Sybil|Trent|Victor|Walter|Priya|Raj|Anil|Mei|Wei|Yuki|Kenji|Hana|Omar|Fatima|Ali|Layla|Carlos|Sofia|Diego|Lucia|Pablo|Elena|Marco|Giulia|Luca|Pierre|Marie|Jean|Claire|Sven|Ingrid|Lars|Astrid
Kofi|Ama|Chidi|Zola|Tariq|Noor|Andrei|Olga|Boris|Katya|Pavel|Jana|Milan|Petra|George|Helen|Sam|Alex|Chris|Pat|Robin|Jamie|Kim|Lee|Dana|Joe|Amy|Mark|Jane|Kate|Steve|Rosa|Ruth|Simon|Susan|Tim|Vera|Will|Zoe|Martin|Monica|Nadia|Oliver|Philip|Quinn|Rita|Stefan|Tanya|Ulrich|Vincent|Wendy|Xavier|Yvonne|Zach""".replace("\n", "|").split("|")
HELD_OUT_FIRST = "Margaret|Dennis|Ines|Kurt|Naomi|Tobias|Rachel|Hassan|Greta|Oskar|Bjarne|Mira".split("|")

NAME_HEAD = "demo|test|my|prod|dev|chat|team|first|blue|red|green|fast|tiny|big|new|old|alpha|beta|gamma|sales|shop|web|app|data|lab|docs|support|finance|hello|main|staging|east|west|north|south|one|two".split("|")
NAME_TAIL = "endpoint|api|bot|chat|model|llm|svc|app|1|2|3|7|42|v2|prod|test|demo|hello|r1|phi|mistral|cohere|east|x|01|service|cupola|project|helper|agent|search".split("|")
HELD_OUT_NAMES = "blue-agent|lab-7|docs-helper|fast-bot|sales-v2|west-search|hello-42|prod-chat|my-model|team-api".split("|")

SHORTER = """can you say that shorter|shorter please|shorter|say it shorter|make it shorter|in short|too long|that is too long|that was too long|can you summarize that|summarize that|tl;dr|tldr|briefly please|give me the short version|short version please|in one sentence|in a few words
can you make that shorter|could you say that in fewer words|just the short answer|just the command|only the command please|be brief|keep it short|say that more briefly|a shorter answer please""".replace("\n", "|").split("|")
HELD_SHORTER = ["could you put that more briefly?", "can you shorten that?", "shorter, please", "the short version please"]
MORE = """tell me more|more|more please|can you tell me more|go on|continue|more details|more details please|explain more|can you explain more|say more|anything else|what else|elaborate|can you elaborate|give me more details|i want to know more|and then|what else should i know|tell me more about that|tell me more about it|can you explain that in more detail|and what else|in more detail please""".replace("\n", "|").split("|")
HELD_MORE = ["could you tell me a bit more?", "please tell me more about that", "i would like more details"]
REPEAT = """say that again|repeat that|can you repeat that|repeat|again please|say it again|what did you say|sorry, what|pardon|come again|one more time|once more please|can you say that again|i did not catch that|please repeat|could you repeat it""".replace("\n", "|").split("|")
HELD_REPEAT = ["could you say that again?", "please repeat that", "can you repeat it please?"]

ACTIONS = {
    "create": "create|make|add|set up",
    "list": "list|see all of|get a list of",
    "show": "show|check|inspect|see the state of|look at",
    "delete": "delete|remove|get rid of|drop",
    "keys": "get the keys of|see the keys of|get the credentials of|get the keys for|get a key for",
    "regenerate": "regenerate the keys of|rotate the keys of|renew the keys of|change the keys of",
    "bind": "bind",
}
THEM = {"list": ["them", "all of them", "mine"], "default": ["it", "one", "that", "it again"], "create": ["one", "a new one", "another one"]}
ELLIPSIS = ["and how do i {}", "how do i {}", "and how can i {}", "how can i {}", "and how to {}", "how would i {}", "and what if i want to {}", "ok, how do i {}", "now i want to {}", "and to {}", "what about how to {}", "and later, how do i {}", "then how do i {}", "and if i want to {}", "can i also {}", "and {}"]
ALONE = {
    "list": ["and the list", "list them", "and list them all", "which ones do i have"],
    "delete": ["and delete it", "and to delete", "what about deleting it", "and deleting", "how about removing it"],
    "keys": ["and the keys", "what about the keys", "and where are the keys", "where is the key", "and the key", "and its keys"],
    "regenerate": ["and new keys", "what if the key leaks", "and if the key leaks", "how do i rotate them", "and a new key", "how do i regenerate them"],
    "create": ["and how do i get one", "how do i get one", "and creating one", "where do i get one"],
    "show": ["and its state", "and its status", "is it ready", "what is its status"],
}
HELD_ELLIPSIS = {
    "delete": ["and how do i delete it?", "how do i remove that again?", "and deleting it?"],
    "keys": ["and how do i get its keys?", "where do i get the keys for it?"],
    "list": ["and how can i list them all?", "how do i see all of mine?"],
    "regenerate": ["and how do i regenerate its keys?"],
    "show": ["how do i check its state?"],
    "create": ["how do i create one?", "and how can i make one?"],
}

TELL = ["my name is {}", "i am {}", "i'm {}", "call me {}", "you can call me {}", "hi, my name is {}", "hello, i am {}", "hi, i'm {}", "the name is {}", "{} here", "hello, {} here", "people call me {}", "hey, this is {}", "my name's {}", "hello! my name is {}"]
ASK = ["what is my name", "what's my name", "do you know my name", "who am i", "do you remember my name", "what am i called", "tell me my name", "say my name", "can you tell me my name", "what did i say my name was", "what was my name", "how am i called"]
HELD_TELL = ["hey, my name is {}!", "you may call me {}", "hello there, i am {}"]
HELD_ASK = ["can you remember my name?", "so what is my name?", "and who am i?"]
NICE = "Nice to meet you, {}! What would you like to know about Cupola?"
YOURS = "Your name is {}."
UNNAMED = "You have not told me your name yet."


def expand(pattern):
    """All readings of a pattern with [a|b|] choices."""
    parts = re.split(r"\[([^\]]*)\]", pattern)
    choices = [part.split("|") if odd else [part] for part, odd in zip(parts, itertools.cycle([False, True]))]
    return [re.sub(r"\s+", " ", "".join(pick)).strip() for pick in itertools.product(*choices)]


def article(noun):
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def third(verb):
    first, _, rest = verb.partition(" ")
    return f"{first[:-1] + 'ies' if first.endswith('y') and first[-2] not in 'aeiou' else first + 'es' if first.endswith(('s', 'ch', 'sh')) else first + 's'} {rest}".strip()


# Other words for the same thing, put in now and then;
SAME = """show: display, print, view|see: view, look at, check, look up|get: obtain, fetch, retrieve, have|delete: remove, erase, take away|remove: delete, take away, erase|create: make, set up, build, get|find: locate, look up, find out
list: print all, show all, view all|start: launch, boot, bring up, fire up|use: work with, try, employ|explain: clarify, describe|tell me: let me know|want to: wish to, would love to, intend to|need: require, want|send: submit, post, give
change: alter, modify, adjust|keys: credentials, api keys|endpoint: serverless endpoint, deployment|endpoints: serverless endpoints, deployments|error: problem, failure, trouble|command: cli command, instruction, call|cost: price, charge|my: the, our, this|which: what|how do i: how shall i, how will i, in what way do i
can: could, may|what is: what's, whats|made: created, built|big: large, huge|fast: quick, quickly|talk: chat, speak|answer: reply, response|machine: computer, host, box|run: execute, start, operate|server: service, platform, system|allowed: permitted, possible|per minute: each minute, every minute, in one minute
stop: halt, end, close|regenerate: renew, rotate, refresh, replace|why: how come, for what reason|where: in which place|wrong: incorrect, bad, false|mean: stand for, signify|i am: i'm|do not: don't|is not: isn't|does not: doesn't|model: language model|work: function|call: invoke, query, ask
request: call, query|people: users, folks|deploy: roll out, put online, publish|subscribe: sign up, get a subscription|bind: tie, connect, hook up, link, attach|check: inspect, look at, verify|file: document|terminal: console, shell, command line|happens: occurs, is going on|have: own, possess|limit: maximum, cap|several: multiple, some
understand: get, follow|difference: distinction|exist: are available, can be found|stored: kept, saved|trained: taught|know: learn, understand""".replace("\n", "|").split("|")
SAME = {left: right.split(", ") for left, right in (entry.split(": ") for entry in SAME)}
SAME_PATTERN = re.compile(r"(?<![\w-])(" + "|".join(sorted(SAME, key=len, reverse=True)) + r")(?![\w-])")
LIGHT = {"a", "an", "the", "my", "to", "do", "is", "me", "i", "of", "for", "does", "are", "in"}


def reword(text, rng):
    if "{name}" in text:
        return text
    text = SAME_PATTERN.sub(lambda m: rng.choice(SAME[m[1]]) if rng.random() < 0.13 else m[1], text)
    words = text.split()
    if len(words) > 4 and rng.random() < 0.08:
        light = [i for i, word in enumerate(words) if word in LIGHT]
        if light:
            del words[rng.choice(light)]
    return " ".join(words)


class Topic:
    def __init__(self, name):
        self.name, self.on = name, None
        self.lines, self.held, self.answers = [], [], []
        self.short = self.more = None

    def finish(self):
        held = {normal(text) for pattern in self.held for text in expand(pattern)}
        self.held = [text for pattern in self.held for text in expand(pattern)]
        self.lines = [kept for line in self.lines if (kept := [text for text in line if normal(text) not in held])]
        self.weights = [len(line) ** 0.5 * (6 if "{name}" in line[0] else 1) for line in self.lines]

    def question(self, rng):
        return rng.choice(rng.choices(self.lines, self.weights)[0])


def normal(text):
    return re.sub(r"[^a-z0-9{} ]", "", text.lower()).strip()


def what_frames(noun):
    fixed = noun in ("cupola", "arm") or noun.startswith(("this ", "the "))
    a, the = (noun, noun) if fixed else (article(noun), "the " + noun)
    frames = [f for f in WHAT if not (fixed and ("{n}s" in f or "a {n}" in f))]
    return [f.format(a=a, the=the, n=noun, p="does " + noun) for f in frames]


def read_topics():
    topics = []
    topic = None
    for file in ("topics-chat.txt", "topics-cupola.txt", "topics-more.txt"):
        for line in (HERE / file).read_text().splitlines():
            if line.startswith("topic "):
                topic = next((one for one in topics if one.name == line[6:].strip()), None)
                if topic is None:
                    topic = Topic(line[6:].strip())
                    topics.append(topic)
            elif ": " in line and not line.startswith("#"):
                key, value = line.split(": ", 1)
                value = value.strip()
                if key == "q":
                    topic.lines.append(expand(value))
                elif key == "h":
                    topic.held.append(value)
                elif key == "do":
                    for verb in value.split(" | "):
                        topic.lines.append([frame.format(verb) for frame in HOW] + ([frame.format(third(verb)) for frame in WHICH]))
                elif key == "is":
                    for noun in value.split(" | "):
                        topic.lines.append(what_frames(noun))
                elif key == "on":
                    topic.on = tuple(value.split())
                elif key in "asm":
                    value = value.replace("\\n", "\n")
                    topic.answers.append(value) if key == "a" else setattr(topic, {"s": "short", "m": "more"}[key], value)
                else:
                    raise ValueError(f"{file}: {line}")
    for topic in topics:
        topic.finish()
    return topics


TOPICS = read_topics()
BY_NAME = {topic.name: topic for topic in TOPICS}
BY_ACTION = {topic.on: topic for topic in TOPICS if topic.on}
TRAINED = {normal(text) for topic in TOPICS for line in topic.lines for text in line}
HELD = {normal(text) for topic in TOPICS for text in topic.held}


def endpoint_name(rng):
    while True:
        kind = rng.random()
        if kind < 0.55:
            name = rng.choice(NAME_HEAD) + "-" + rng.choice(NAME_TAIL)
        elif kind < 0.75:
            name = rng.choice(NAME_HEAD)
        elif kind < 0.9:
            name = invented(rng)
        else:
            name = rng.choice(NAME_HEAD) + "-" + rng.choice(NAME_HEAD) + "-" + str(rng.randint(1, 99))
        if name not in HELD_OUT_NAMES:
            return name


def typo(text, rng):
    spots = [m for m in re.finditer(r"[A-Za-z]{4,}", text)]
    if not spots:
        return text
    word = rng.choice(spots)
    i = rng.randrange(word.start(), word.end() - 1)
    kind = rng.random()
    if kind < 0.35:
        return text[:i] + text[i + 1 :]
    if kind < 0.7:
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    if kind < 0.85:
        return text[:i] + text[i] + text[i:]
    return text[:i] + rng.choice("abcdefghijklmnopqrstuvwxyz") + text[i + 1 :]


QUESTION = re.compile(r"^(what|who|how|why|where|when|which|can|could|do|does|is|are|may|will|should|must|did|am)\b", re.I)


def surface(text, rng, keep=None):
    """One of the ways in which people write the same question. `keep` (a name) stays as it is."""
    start = text
    if rng.random() < 0.3:
        text = rng.choice(BEFORE) + text
    if rng.random() < 0.15 and len(start.split()) > 2:
        text = text + rng.choice(AFTER)
    if rng.random() < 0.16 and not keep:
        text = typo(text, rng)
        if rng.random() < 0.2:
            text = typo(text, rng)
    case = rng.random()
    if case < 0.5:
        text = text[0].upper() + text[1:]
        text = re.sub(r"\bi\b", "I", text)
        if rng.random() < 0.7:
            text = text.replace("cupola", "Cupola") if "cupola " not in text or rng.random() < 0.7 else text
    elif case < 0.54 and not keep:
        text = text.upper()
    if rng.random() < 0.1:
        text = text.replace("'", "")
    end = rng.random()
    if text[-1] not in "?!.":
        if QUESTION.match(start):
            text += "?" if end < 0.66 else "" if end < 0.93 else "??" if end < 0.96 else " ?"
        else:
            text += "" if end < 0.5 else "." if end < 0.75 else "?" if end < 0.9 else "!"
    return text


def outside_turn(rng):
    kind = rng.random()
    slots = {"t": rng.choice(outside.THINGS), "p": rng.choice(outside.PLACES), "h": rng.choice(outside.PEOPLE), "a": rng.randint(1, 99 if rng.random() < 0.7 else 9999), "b": rng.randint(1, 99)}
    if kind < 0.34:
        return rng.choice(outside.FACTS).format(**slots), outside.UNKNOWN
    if kind < 0.5:
        return rng.choice(what_frames(slots["t"])), outside.UNKNOWN
    if kind < 0.66:
        return rng.choice(HOW[:-1]).format(rng.choice(outside.DEEDS)), outside.UNKNOWN
    if kind < 0.83:
        return rng.choice(["", "", "please ", "can you ", "could you "]) + rng.choice(outside.TASKS).format(**slots), outside.CANNOT
    if kind < 0.92:
        return rng.choice(outside.SUMS).format(**slots), outside.NO_SUMS
    if rng.random() < 0.5:
        letters = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(3, 14)))
        return letters if rng.random() < 0.5 else letters[:5] + " " + letters[5:] + "x", outside.UNCLEAR
    return rng.choice(["?", "??", "...", "!", "hmm?", "what?", "huh", "huh?", "eh", "blah blah", "asdf", "qwerty", "lorem ipsum", "foo bar", "a", "x", "123", "1", ":)", ";-)", "-"]), outside.UNCLEAR


def follow_up(topic, answer, rng):
    """(question, answer, topic) that only the last turn gives a meaning to, or None."""
    kind = rng.random()
    if topic is None:
        if kind < 0.3:
            return rng.choice(REPEAT), answer, None
        return None
    if kind < 0.22:
        return rng.choice(SHORTER), topic.short, topic
    if kind < 0.42:
        return rng.choice(MORE), topic.more, topic
    if kind < 0.52:
        return rng.choice(REPEAT), answer, topic
    if topic.on:
        options = [key for key in BY_ACTION if key[0] == topic.on[0] and key != topic.on and key[1] in ACTIONS]
        if options:
            target = rng.choice(options)
            action = target[1]
            if action in ALONE and rng.random() < 0.3:
                question = rng.choice(ALONE[action])
            else:
                question = rng.choice(ELLIPSIS).format(rng.choice(ACTIONS[action].split("|")) + " " + rng.choice(THEM.get(action, THEM["default"])))
            if normal(question) not in HELD_FOLLOW:
                return question, BY_ACTION[target].answers[0], BY_ACTION[target]
    return None


HELD_FOLLOW = {normal(text) for texts in [HELD_SHORTER, HELD_MORE, HELD_REPEAT, *HELD_ELLIPSIS.values()] for text in texts}
SHORTER = [t for t in SHORTER if normal(t) not in HELD_FOLLOW]
MORE = [t for t in MORE if normal(t) not in HELD_FOLLOW]
REPEAT = [t for t in REPEAT if normal(t) not in HELD_FOLLOW]


def ask(topic, rng):
    question, answer, keep = topic.question(rng), rng.choice(topic.answers), None
    if "{name}" in question:
        keep = endpoint_name(rng)
        question = question.replace("{name}", keep)
        answer = answer.replace("NAME", keep)
    worded = reword(question, rng)
    return surface(question if normal(worded) in HELD else worded, rng, keep), answer


def invented(rng):
    """A word that nobody has seen."""
    parts = ["ka", "lo", "mi", "ra", "tu", "ve", "zo", "bin", "dor", "fel", "gus", "han", "is", "ja", "ket", "lun", "mor", "ni", "os", "pa", "quin", "ros", "sel", "ta", "ul", "vin", "wen", "xi", "ya", "zed", "bert", "stan", "a", "e", "th", "gre", "ine", "ard"]
    return "".join(rng.choice(parts) for _ in range(rng.randint(2, 3)))


def first_name(rng):
    while True:
        name = rng.choice(FIRST) if rng.random() < 0.5 else invented(rng).capitalize()
        if name not in HELD_OUT_FIRST:
            return name


ECHO = ["say: {}", "say {}", "repeat after me: {}", "repeat: {}", "echo {}", "please say: {}", "write: {}", "print: {}", "say this: {}", "just say: {}", "repeat this: {}", "please repeat: {}", "say exactly: {}", 'say "{}"', 'repeat "{}"', "can you say {}", "reply with: {}", "answer with: {}", "respond with: {}"]
SAID = """this is a test|hello world|hi|hello|yes|no|ok|good morning|i like clouds|one two three|it works|the sky is blue|cupola|cupola works|good night|thank you|hello from cupola|a b c|ready|done|ping|pong|i am here""".split("|")


def echo_turn(rng):
    kind = rng.random()
    if kind < 0.25:
        text = rng.choice(SAID)
    elif kind < 0.6:
        pool = outside.THINGS + outside.PLACES + outside.PEOPLE + FIRST + NAME_HEAD
        text = " ".join(rng.choice(pool) for _ in range(rng.randint(1, 3)))
    elif kind < 0.85:
        text = " ".join(invented(rng) for _ in range(rng.randint(1, 4)))
    else:
        text = endpoint_name(rng)
    text = text[0].upper() + text[1:] if rng.random() < 0.3 else text
    question = rng.choice(ECHO).format(text)
    return question if rng.random() < 0.5 else question[0].upper() + question[1:], text


def dialogue(rng, turns=None, system=None):
    """A list of {"role", "content"}."""
    messages = []
    if (rng.random() < 0.3) if system is None else system:
        messages.append({"role": "system", "content": rng.choice(SYSTEM)})
    turns = turns or rng.choices([1, 2, 3, 4, 5, 6], [44, 24, 13, 9, 6, 4])[0]
    topic, answer, known = None, None, None
    for turn in range(turns):
        kind, done = rng.random(), None
        if turn and kind < 0.38:
            done = follow_up(topic, answer, rng)
            if done:
                question, answer, topic = done
                question = surface(question, rng)
        if not done:
            kind = rng.random()
            if kind < 0.04:
                topic = None
                question, answer = echo_turn(rng)
            elif kind < 0.09:
                known, topic = first_name(rng), None
                question, answer = rng.choice(TELL).format(known), NICE.format(known)
                question = question if rng.random() < 0.5 else question[0].upper() + question[1:]
            elif kind < (0.26 if known else 0.11):
                topic, question = None, surface(rng.choice(ASK), rng)
                answer = YOURS.format(known) if known else UNNAMED
            elif kind < (0.36 if known else 0.23):
                topic = None
                question, answer = outside_turn(rng)
                question = surface(question, rng, keep=answer == outside.UNCLEAR)
            else:
                topic = rng.choice(TOPICS)
                if turn == 0 and topic.name in ("thanks", "bye", "okay", "no") and rng.random() < 0.6:
                    topic = BY_NAME["greet"]
                question, answer = ask(topic, rng)
        messages.append({"role": "user", "content": question})
        messages.append({"role": "assistant", "content": answer})
    return messages


def held_out():
    """[{"kind", "messages", "accept"}]: what evaluate.py asks. None of these questions is in the training set."""
    rng = random.Random(7)
    cases = []

    def case(kind, messages, accept):
        cases.append({"kind": kind, "messages": messages, "accept": list(accept)})

    def user(text):
        return {"role": "user", "content": text}

    def assistant(text):
        return {"role": "assistant", "content": text}

    for topic in TOPICS:
        for number, text in enumerate(topic.held):
            system = [{"role": "system", "content": "You are a helpful assistant."}] if number % 2 else []
            case("question", system + [user(text[0].upper() + text[1:] if number % 3 else text)], topic.answers)
    for line in (HERE / "fresh.txt").read_text().splitlines():
        if ": " in line and not line.startswith("#"):
            names, text = line.split(": ", 1)
            accept = [a for name in names.split() for a in (outside.OUTSIDE_ANSWERS if name == "outside" else BY_NAME[name].answers)]
            case("fresh" if normal(text) not in TRAINED else "fresh, trained", [user(text)], accept)
    named = [topic for topic in TOPICS if any("{name}" in text for line in topic.lines for text in line)]
    for name in HELD_OUT_NAMES:
        topic = rng.choice(named)
        text = rng.choice([t for line in topic.lines for t in line if "{name}" in t])
        case("endpoint name", [user(text.replace("{name}", name))], [a.replace("NAME", name) for a in topic.answers])
    for topic in rng.sample([t for t in TOPICS if t.on or t.name not in ("thanks", "bye", "okay", "no")], 12):
        question = topic.lines[0][0].replace("{name}", "hello")
        answer = topic.answers[0].replace("NAME", "hello") if "{name}" in topic.lines[0][0] else topic.answers[0]
        start = [user(question), assistant(answer)]
        case("follow-up", start + [user(rng.choice(HELD_SHORTER))], [topic.short])
        case("follow-up", start + [user(rng.choice(HELD_MORE))], [topic.more])
        case("follow-up", start + [user(rng.choice(HELD_REPEAT))], [answer])
        case("follow-up", start + [user("ok, thanks a lot!")], BY_NAME["thanks"].answers)
    for (thing, action), target in sorted(BY_ACTION.items()):
        for text in HELD_ELLIPSIS.get(action, []):
            others = [topic for key, topic in sorted(BY_ACTION.items()) if key[0] == thing and key[1] != action]
            if others:
                topic = rng.choice(others)
                case("follow-up", [user(topic.lines[0][0]), assistant(topic.answers[0]), user(text)], target.answers)
    for name in HELD_OUT_FIRST:
        told = [user(rng.choice(HELD_TELL).format(name)), assistant(NICE.format(name))]
        case("user's name", told[:1], [NICE.format(name)])
        between = rng.choice(TOPICS[24:])
        case("user's name", told + [user(between.lines[0][0]), assistant(between.answers[0]), user(rng.choice(HELD_ASK))], [YOURS.format(name)])
    for text in ["say: winter is near", "Repeat after me: seven green boxes", "say this is only a test", "echo marvellous", "please say: Tobias", "repeat: open the gate"]:
        case("echo", [user(text)], [re.split(r": |say |echo ", text, maxsplit=1)[1]])
    for kind, texts in outside.HELD_OUT.items():
        for text in texts * (1 if kind == "unknown" else 3):
            slots = {"t": rng.choice(outside.HELD_OUT_THINGS), "p": rng.choice(outside.HELD_OUT_PLACES), "h": rng.choice(outside.HELD_OUT_PEOPLE), "d": rng.choice(outside.HELD_OUT_DEEDS), "a": rng.randint(2, 400), "b": rng.randint(2, 90)}
            case("outside", [user(text.format(**slots))], outside.OUTSIDE_ANSWERS)
    return cases


def training(seed, turns=None):
    """Dialogues without end; `turns` is a range for the number of their turns."""
    rng = random.Random(seed)
    while True:
        yield dialogue(rng, turns and rng.choice(turns))


if __name__ == "__main__":
    if sys.argv[1:] == ["--held-out"]:
        for one in held_out():
            print(json.dumps(one, ensure_ascii=False))
    else:
        for one in itertools.islice(training(1), int(sys.argv[1]) if sys.argv[1:] else 5):
            print(json.dumps(one, ensure_ascii=False, indent=1))
