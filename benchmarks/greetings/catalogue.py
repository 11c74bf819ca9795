# ruff: noqa: RUF001 - Turkish and Azerbaijani have an i without a dot.
"""The greetings: what people and machines say when they answer, in several languages and voices.

People say one to six words and wait; machines say two sentences or more and then beep. Each is
spoken after a moment of silence, at one of three speeds, on a clear line or with noise.
"""

import enum
import itertools
from dataclasses import dataclass


@enum.unique
class Line(enum.StrEnum):
    """What is on the line besides the voice."""

    CLEAR = "clear"
    STREET = "street"
    """Loud enough to be heard, below the classifier's level most of the time."""
    LOUD = "loud"
    """As loud as a car: above the level most of the time."""


NOISE: dict[Line, float] = {Line.CLEAR: 0.0, Line.STREET: 0.006, Line.LOUD: 0.03}
"""Root mean square of the noise, full scale 1; the voice has about 0.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """One answer, as it will be spoken."""

    name: str
    is_machine: bool
    voice: str
    """A voice of espeak-ng."""
    text: str
    words_per_minute: int
    pitch: int
    """0 to 99."""
    silence_seconds: float
    """From the answer until somebody speaks."""
    line: Line


_PEOPLE = (
    ("en-us", "Hello?"),
    ("en-us", "Hi, this is Mary."),
    ("en-gb", "Yes?"),
    ("en-gb", "Good morning, Smith speaking."),
    ("en-us", "Johnson residence, who is calling please?"),
    ("de", "Hallo?"),
    ("de", "Müller."),
    ("de", "Guten Tag, hier ist Anna Schmidt."),
    ("fr-fr", "Allô?"),
    ("fr-fr", "Oui, bonjour?"),
    ("tr", "Alo?"),
    ("tr", "Efendim, buyurun?"),
    ("az", "Alo, eşidirəm."),
    ("ka", "გისმენთ?"),
    ("es", "¿Diga?"),
    ("it", "Pronto?"),
)
_MACHINES = (
    ("en-us", "Hi, you have reached Mary. I can't come to the phone right now. Please leave a "
     "message after the tone and I will call you back."),
    ("en-us", "Your call has been forwarded to an automatic voice message system. Two zero two, "
     "five five five, zero one two three, is not available. At the tone, please record your "
     "message."),
    ("en-gb", "Welcome to the voicemail service. The person you are calling is not available. "
     "Please leave a message after the tone."),
    ("en-us", "Hello. We are not at home. Please leave your name and number after the beep."),
    ("en-gb", "Thank you for calling Smith and Sons. Our office is closed at the moment. Our "
     "opening hours are nine to five."),
    ("de", "Guten Tag, hier ist der Anschluss von Familie Müller. Wir sind im Moment nicht da. "
     "Bitte sprechen Sie nach dem Signalton."),
    ("de", "Die Mobilbox ist eingeschaltet. Der Teilnehmer ist vorübergehend nicht erreichbar. "
     "Bitte hinterlassen Sie eine Nachricht."),
    ("fr-fr", "Bonjour, vous êtes bien sur le répondeur de Paul. Laissez un message après le "
     "signal sonore et je vous rappellerai."),
    ("fr-fr", "Votre correspondant n'est pas disponible. Merci de laisser un message après le "
     "bip."),
    ("tr", "Aradığınız kişiye şu anda ulaşılamıyor. Sinyal sesinden sonra mesajınızı "
     "bırakabilirsiniz."),
    ("tr", "Merhaba, şu anda telefona cevap veremiyorum. Lütfen mesaj bırakın, sizi geri ararım."),
    ("az", "Zəng etdiyiniz abunəçiyə hazırda zəng çatmır. Zəhmət olmasa siqnaldan sonra mesaj "
     "buraxın."),
    ("ka", "აბონენტი დროებით მიუწვდომელია. გთხოვთ დატოვოთ შეტყობინება სიგნალის შემდეგ."),
    ("es", "Hola, este es el contestador de Juan. En este momento no puedo atenderle. Deje su "
     "mensaje después de la señal."),
    ("it", "Risponde la segreteria telefonica. In questo momento non siamo in casa. Lasciate un "
     "messaggio dopo il segnale."),
    ("en-us", "Hey, it's Dave! You know what to do."),
)  # fmt: skip
_SPEEDS = (150, 175, 130)
_PITCHES = (50, 30, 70, 40)
_SILENCES = (0.2, 0.5, 0.8, 0.35)


def catalogue(lines: tuple[Line, ...] = tuple(Line)) -> tuple[Greeting, ...]:
    """Every text on every line, with speeds, pitches and silences taking turns."""
    made: list[Greeting] = []
    turn = itertools.count()
    for line in lines:
        for is_machine, texts in ((False, _PEOPLE), (True, _MACHINES)):
            for index, (voice, text) in enumerate(texts, start=1):
                number = next(turn)
                kind = "machine" if is_machine else "person"
                made.append(
                    Greeting(
                        name=f"{kind}-{index:02d}-{line.value}",
                        is_machine=is_machine,
                        voice=voice,
                        text=text,
                        words_per_minute=_SPEEDS[number % len(_SPEEDS)],
                        pitch=_PITCHES[number % len(_PITCHES)],
                        silence_seconds=_SILENCES[number % len(_SILENCES)],
                        line=line,
                    )
                )
    return tuple(made)
