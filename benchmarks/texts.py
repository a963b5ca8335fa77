"""Answers of seven kinds, no two alike: what is cut in `benchmarks.cuts` and `benchmarks.killed`.

Prose hardly repeats itself; code, tables and JSON do it all the time, and in Chinese, Japanese and emoji one sign is several
bytes, or several code points.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence

FRENCH = (
    "Une panne ne prévient pas : elle arrive un mardi, vers onze heures, quand tout le monde travaille.",
    "« Rien n'est perdu », dit-elle en relisant la dernière phrase, « sauf un peu de temps ».",
    "Le réseau, lui, n'a pas d'avis ; il coupe au milieu d'un mot et s'en va.",
    "On croit souvent qu'il suffit d'essayer encore une fois, puis encore une fois, et le mal empire.",
    "Les ingénieurs de garde avaient noté l'heure exacte : 10 h 47, à la seconde près.",
    "Qui écrit la suite doit d'abord savoir où l'autre s'est arrêté.",
    "À Lyon, la pluie tombait depuis trois jours et les trains roulaient quand même.",
    "Il faudrait — et personne ne l'a encore fait — compter les phrases qui n'ont jamais trouvé leur fin.",
    "Cette fois, le secours n'a pas fait tomber le survivant.",
    "Un modèle plus petit aurait suffi pour répondre à la moitié de ces questions.",
    "L'été dernier, trois fournisseurs sont tombés le même jour, et l'on n'a su pourquoi qu'en septembre.",
    "Ce qui a été dit reste dit : on ne reprend pas une parole donnée.",
    "Le coût d'une reprise se mesure en jetons, celui d'une coupure en confiance.",
    "Voilà pourquoi chaque couture est visible, datée et signée.",
    "Les vieux livres de bord racontent la même chose : noter d'abord, expliquer ensuite.",
    "Peut-être que la meilleure réponse est celle qui avoue ce qu'elle ignore.",
    "Entre deux serveurs, il y a toujours un câble, et au bout du câble, quelqu'un qui attend.",
    "Le lendemain, tout marchait de nouveau ; personne n'avait remarqué l'échange.",
    "On a vu des systèmes très chers s'arrêter pour une virgule.",
    "Les chiffres de l'année sont bons : 99,95 % de réponses entières, dont 3 % recousues.",
)
ENGLISH = (
    "An outage gives no warning: it comes on a Tuesday, around eleven, when everybody is at work.",
    '"Nothing is lost," she said, reading the last sentence again, "except a little time."',
    "The network has no opinion; it cuts in the middle of a word and leaves.",
    "People think that trying again is enough, and so they make it worse for everyone else.",
    "The engineers on call had written down the exact time, 10:47, to the second.",
    "Whoever goes on must first know where the other one stopped.",
    "It had been raining in Lyon for three days, and the trains ran all the same.",
    "Somebody should count the sentences that never found their end - nobody has done it yet.",
    "This time, the failover didn't topple the survivor.",
    "A smaller model would have been enough for half of these questions.",
    "Last summer three providers fell on the same day, and it took until September to learn why.",
    "What has been said stays said: a promise isn't taken back.",
    "The price of a continuation is counted in tokens, that of a cut in trust.",
    "That is why every seam is visible, dated and signed.",
    "The old logbooks tell the same story: note it first, explain it later.",
    "Perhaps the best answer is the one that admits what it doesn't know.",
    "Between two servers there is always a cable, and at its end somebody who waits.",
    "By the next morning everything worked again; hardly anyone had noticed.",
    "Very expensive systems have been stopped by a single comma.",
    "The year's figures look good: 99.95% of the answers were whole, 3% of them mended.",
)
CHINESE = (
    "停电从来不会事先通知，它总是在大家最忙的时候到来。",
    "“什么都没有丢失，”她一边重读最后一句话一边说，“只是耽误了一点时间。”",
    "网络没有意见，它在一个词的中间断开，然后离开。",
    "继续写下去的人，首先要知道前一个人停在了哪里。",
    "里昂已经下了三天雨，火车照样运行。",
    "已经说出口的话不能收回。",
    "较小的模型足以回答其中一半的问题。",
    "第二天早上一切恢复正常，几乎没有人注意到。",
)
JAPANESE = (
    "停電は予告なしにやって来る。たいてい火曜日の十一時ごろだ。",
    "「何も失われていない」と彼女は最後の文を読み返しながら言った。",
    "続きを書く人は、まず前の人がどこで止まったかを知らなければならない。",
    "リヨンでは三日間雨が降り続いていたが、電車は走っていた。",
    "一度言ったことは、取り消せない。",
    "小さなモデルでも、質問の半分には答えられただろう。",
)
GREETINGS = (
    "Salut 👋🏽, ça va ? 😀",
    "Ici tout marche 🚀🚀, merci à l'équipe 👩‍💻👨🏿‍🚒 !",
    "Météo : 🌧️ puis ☀️, 18 °C à Lyon 🇫🇷.",
    "Vote : 👍 12, 👎 3, 🤷‍♀️ 1.",
    "La famille 👨‍👩‍👧‍👦 part en train 🚄 → 🇨🇭, 🇮🇹, 🇪🇸.",
    "Score 3️⃣–2️⃣, bravo 🏳️‍🌈 !",
    "N'oublie pas : 📅 mardi, ☕ à 10 h ❤️‍🔥.",
    "cafe\u0301 déjà payé ✅, reste l'addition 🧾 de 7 €.",
)
NAMES = ("count", "merge", "parse", "retry", "settle", "widen", "split", "probe")
CITIES = ("Lyon", "Nice", "Lille", "Nantes", "Metz", "Brest", "Dijon", "Tours")


def prose(sentences: Sequence[str], rng: random.Random, space: str = " ") -> str:
    """Some of the sentences, in paragraphs."""
    chosen = rng.sample(sentences, rng.randint(3, min(9, len(sentences))))
    breaks = [rng.choice((space, space, space, "\n\n")) for _ in chosen]
    return "".join(f"{sentence}{after}" for sentence, after in zip(chosen, breaks, strict=True)).strip()


def code(rng: random.Random) -> str:
    """A few functions that look much alike, in a Markdown block, with a sentence before and after."""
    functions = [_function(name, rng) for name in rng.sample(NAMES, rng.randint(2, 4))]
    block = "\n\n".join(functions)
    return f"{rng.choice(ENGLISH)}\n\n```python\n{block}\n```\n\n{rng.choice(ENGLISH)}"


def _function(name: str, rng: random.Random) -> str:
    limit = rng.randint(2, 40)
    return (
        f"def {name}(values, limit={limit}):\n    result = []\n    for value in values:\n        if value > {rng.randint(0, 9)}:\n"
        f"            result.append(value * {rng.randint(2, 9)})\n        else:\n            result.append(value)\n"
        f"    return result[:{limit}]"
    )


def table(rng: random.Random) -> str:
    """A table whose cells repeat, between two sentences."""
    rows = [
        f"| {rng.choice(CITIES)} | {rng.choice(('ok', 'ok', 'ok', 'panne'))} | {rng.randint(1, 30)} % | — |"
        for _ in range(rng.randint(4, 12))
    ]
    head = "| ville | état | part | note |\n|---|---|---|---|"
    return f"{rng.choice(FRENCH)}\n\n{head}\n" + "\n".join(rows) + f"\n\n{rng.choice(FRENCH)}"


def json_text(rng: random.Random) -> str:
    """A JSON document, said as text: nobody asked for a schema."""
    items = [
        {"id": number, "city": rng.choice(CITIES), "ok": rng.random() < 0.8, "tags": rng.sample(NAMES, 2)}
        for number in range(rng.randint(3, 7))
    ]
    return json.dumps({"items": items, "next": None}, ensure_ascii=False, indent=rng.choice((2, 2, None)))


TEXTS: dict[str, Callable[[random.Random], str]] = {
    "French prose": lambda rng: prose(FRENCH, rng),
    "English prose": lambda rng: prose(ENGLISH, rng),
    "code": code,
    "Markdown table": table,
    "JSON": json_text,
    "Chinese, Japanese": lambda rng: prose(rng.choice((CHINESE, JAPANESE)), rng, ""),
    "emoji": lambda rng: prose(GREETINGS, rng),
}
PROSE = ("French prose", "English prose")
