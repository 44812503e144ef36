"""Questions outside the domain. The model learns to say honestly that it does not know them."""

THINGS = """black hole|volcano|kangaroo|violin|sourdough bread|quantum computer|kubernetes|docker|terraform|linux|blockchain|bitcoin
mortgage|inflation|democracy|photosynthesis|dinosaur|telescope|glacier|earthquake|rainbow|tax return|passport|visa
neural network|transformer|gpu|compiler|database index|binary tree|sorting algorithm|recursion|regular expression|python decorator|javascript closure|pointer
router|firewall|vpn|virtual machine|cloud bucket|spreadsheet|printer|keyboard|smartphone|electric car|bicycle|helicopter
sonnet|symphony|novel|painting|sculpture|movie|football club|chess opening|marathon|tennis racket|guitar|piano
vitamin|vaccine|headache|allergy|blood type|muscle|heart|kidney|diet|calorie|protein|enzyme
star|planet|comet|galaxy|asteroid|moon|satellite|rocket|desert|rainforest|coral reef|hurricane
pizza|pancake|risotto|croissant|sushi|curry|apple pie|espresso|cheese|chocolate|cucumber|pumpkin
cat|dog|elephant|penguin|spider|butterfly|salmon|oak tree|orchid|mushroom|bee|whale
contract|lawsuit|patent|copyright|senate|parliament|president|prime minister|king|queen|emperor|constitution
triangle|prime number|square root|matrix|derivative|integral|logarithm|probability|median|fraction|circle|hypotenuse
castle|bridge|pyramid|cathedral|lighthouse|museum|airport|train|subway|sailboat|submarine|canal
kernel|bootloader|git commit|pull request|unit test|microservice|load balancer|message queue|cache|cookie|browser|web framework
sock|umbrella|teapot|lamp|sofa|carpet|window|hammer|screwdriver|candle|mirror|blanket""".replace("\n", "|").split("|")

HELD_OUT_THINGS = "tornado|saxophone|avocado|webassembly|parrot|stock option|waterfall|lasagna|monastery|antibiotic".split("|")

PLACES = """France|Germany|Italy|Spain|Japan|China|India|Brazil|Canada|Australia|Norway|Sweden|Poland|Egypt|Kenya|Peru|Mexico|Greece|Turkey|Portugal
London|Paris|Berlin|Rome|Tokyo|New York|Seattle|Madrid|Vienna|Oslo|Sydney|Cairo|Lisbon|Dublin|Chicago|Boston|Moscow|Delhi|Athens|Zurich""".replace("\n", "|").split("|")
HELD_OUT_PLACES = "Finland|Chile|Toronto|Prague|Vietnam|Singapore".split("|")

PEOPLE = """Albert Einstein|Isaac Newton|Marie Curie|Mozart|Beethoven|Shakespeare|Napoleon|Cleopatra|Picasso|Galileo|Ada Lovelace|Alan Turing
Julius Caesar|Leonardo da Vinci|Charles Darwin|Abraham Lincoln|Gandhi|Aristotle|Plato|Bach|Van Gogh|Tolstoy|Homer|Columbus""".replace("\n", "|").split("|")
HELD_OUT_PEOPLE = "Socrates|Nikola Tesla|Frida Kahlo|Marco Polo".split("|")

DEEDS = """bake bread|cook rice|boil an egg|fix my car|change a tire|lose weight|learn french|play the guitar|write a novel|paint a wall
get rich|invest my money|file my taxes|buy a house|rent a flat|find a job|write a cv|prepare for an interview|start a company|book a flight
install docker|install windows|format a disk|write a python script|sort a list|reverse a string|parse json in java|center a div|connect to wifi|reset my phone
train a dog|feed a cat|grow tomatoes|plant a tree|clean a carpet|repair a bicycle|tie a tie|fold a shirt|make coffee|make tea
sleep better|run faster|swim|climb a mountain|sail a boat|ride a horse|meditate|stop smoking|make friends|cure a cold
solve an equation|compute an integral|draw a circle|prove a theorem|build a house|launch a rocket|win at chess|vote|get a passport|learn to drive
deploy to kubernetes|create a git branch|write a sql query|build a website|train a neural network|rent a server|mount a disk|compile a kernel|set up a printer|edit a video""".replace("\n", "|").split("|")
HELD_OUT_DEEDS = "knit a sweater|catch a fish|write a letter to my boss|unclog a sink|learn the piano|debug my c++ program".split("|")

TASKS = """write an essay about {t}|write a story about a {t}|write code that draws a {t}|summarize this article|summarize a book about a {t}|translate {t} to german|translate this to french
give me a recipe for {t}|give me a recipe|make a list of ten things|draw a picture of a {t}|draw a {t}|make an image of a {t}|play a game with me|play chess with me|sing a song about a {t}|sing a song
recommend a book|recommend a movie|recommend a restaurant in {p}|plan a trip to {p}|plan my day|book a hotel in {p}|buy me a {t}|order a {t}|search the web for {t}|google {t}
fix this code|write a function|write a python function|debug my program|write a unit test for a {t}|review my essay|correct my grammar|write an email to my boss|write a letter|write a speech about {p}
tell me a story|tell me a fairy tale|tell me about {p}|tell me about a {t}|tell me about {h}|tell me the news|tell me a fact about {p}|tell me something about {h}|explain quantum physics|explain the {t}|explain relativity|explain love
set an alarm|call my mother|send an email|turn off the light|play some music|open the door|show me the map of {p}|give me directions to {p}|give me financial advice|diagnose my headache""".replace("\n", "|").split("|")

FACTS = """what is the capital of {p}|capital of {p}|where is {p}|how many people live in {p}|what is the weather in {p}|what's the weather like in {p}|how far is {p}|what language do they speak in {p}
what should i see in {p}|i am going to {p}, what should i see|what is the population of {p}|what time is it in {p}|is {p} a nice city|when was {p} founded|who rules {p}|how do i get to {p}
who was {h}|who is {h}|when was {h} born|when did {h} die|what did {h} discover|where did {h} live|what is {h} famous for|how old is {h}|who painted the mona lisa|who wrote hamlet
what is the weather|what's the weather today|will it rain tomorrow|is it cold outside|what time is it|what day is it|what is the date today|what year is it|who won the world cup|who won the election
who is the president|who is the king of {p}|what is the meaning of life|is there a god|what is love|why is the sky blue|why is the grass green|how many feet are in a mile|how many feet in a mile|how tall is mount everest
how deep is the ocean|how far is the moon|how hot is the sun|how old is the earth|how many planets are there|how many days are in a year|what is the speed of light|when did the war end|what happened in 1989|what came first, the chicken or the egg
how does a {t} work|how is a {t} made|how much does a {t} cost|how big is a {t}|where can i buy a {t}|who invented the {t}|what color is a {t}|why do i need a {t}|do you have a {t}|can a {t} fly|which {t} is the best
how many {t}s are there|how long does a {t} live|is a {t} dangerous|what is the best {t}|where do {t}s come from|what do you think about {t}s|do you know a {t}|have you ever seen a {t}|what is the opposite of a {t}|is a {t} an animal
what should i eat today|what should i wear|should i marry|am i pretty|what is wrong with me|i am sad|i am bored|i am hungry|i am tired|i feel sick|my car broke down|my dog is ill|it is raining|i like {t}s|i bought a {t}|my {t} is broken""".replace("\n", "|").split("|")

SUMS = """what is {a} plus {b}|what is {a} + {b}|{a}+{b}|{a} + {b}|{a} * {b}|{a} times {b}|what is {a} times {b}|how much is {a} minus {b}|{a} - {b}|{a} / {b}|divide {a} by {b}|add {a} and {b}|calculate {a} * {b}
what is the square root of {a}|is {a} a prime number|what is {a} percent of {b}|solve x + {a} = {b}|multiply {a} by {b}|sum of {a} and {b}|what's {a}+{b}|can you do math|can you calculate|are you good at math|do the math
convert {a} miles to kilometers|convert {a} dollars to euros|how many minutes are {a} hours|count to {a}""".replace("\n", "|").split("|")

HELD_OUT = {
    "unknown": """what is the tallest building in the world|how do magnets work|who discovered america|when does the next train leave|what should i cook tonight
how do i get rid of ants|can you recommend a good laptop|which football team is the best|what is the boiling point of water|explain the french revolution
how many bones does a human have|what happened yesterday in the news|write me a javascript game|my back hurts, what can i do|what's the stock price of tesla
how do i install postgres|what is a {t}|where is {p}|how do i {d}|who was {h}|tell me about {p}|what's a {t}?|can you {d}?|how can i {d}?|what is the capital of {p}?|explain what a {t} is""".replace("\n", "|").split("|"),
    "sums": "what does {a} plus {b} make?|could you add {a} to {b}|{a} minus {b} equals".split("|"),
}

UNKNOWN = "I do not know that. I am a tiny demo model and can only talk about Cupola: endpoints, keys, models, subscriptions, limits and costs."
CANNOT = "I cannot do that. I am a tiny demo model and can only talk about Cupola: endpoints, keys, models, subscriptions, limits and costs."
NO_SUMS = "I do not calculate reliably, so I would rather not. I am a tiny demo model and can only talk about Cupola."
UNCLEAR = "I did not understand that. Ask me what Cupola is, how to create an endpoint, or what a key is."
OUTSIDE_ANSWERS = (UNKNOWN, CANNOT, NO_SUMS, UNCLEAR)
