"""Predicate-argument frames: what a verb or noun has for subject, object, prepositions and clauses.

Read off the dependency tree, with what English leaves unsaid filled in: the subject of a passive is its object, that of an
infinitive or participle comes from the clause above (control), that of a relative clause is its antecedent, and coordinated verbs
and nouns share what they have in common.
"""

from dataclasses import dataclass, field

from kg.model import Sentence, Token

SUBJECTS = frozenset({"nsubj", "csubj"})
PASSIVE_SUBJECTS = frozenset({"nsubjpass", "csubjpass"})
OBJECTS = frozenset({"dobj", "obj"})
CLAUSES = frozenset({"ccomp", "xcomp"})
PREPOSITIONS = frozenset({"prep", "agent", "dative"})
NOMINAL = frozenset({"NOUN", "PROPN", "PRON", "NUM", "DET"})
# Verbs whose infinitive or "of/into/from doing" is done by their subject although they have an object (Quirk et al. 1985, 16.36)
SUBJECT_CONTROL = frozenset(
    {"promise", "threaten", "vow", "pledge", "use", "have", "make", "take", "see", "call", "phone", "visit"}
)
# Verbs that only say that their subject, a happening, comes about or goes on (Levin 1993, 48.3 and 55)
OCCURRENCE = frozenset(
    {
        "begin",
        "break",
        "continue",
        "ensue",
        "erupt",
        "escalate",
        "flare",
        "happen",
        "intensify",
        "occur",
        "rage",
        "resume",
        "spread",
    }
    | {"start", "take"}
)
RECIPROCAL = frozenset({("each", "other"), ("one", "another")})
# What a captive is taken: it says how, not whom
STATES = frozenset({"hostage", "captive", "prisoner"})
# Prepositions before a gerund that say when or how the clause's own subject acts (Quirk et al. 1985, 15.34)
ADVERBIAL = frozenset({"after", "before", "since", "by", "while", "without", "despite", "upon", "on"})
# Nouns that a bare relative clause dates or explains, rather than having them for its object: "the day he resigned"
TIMES = frozenset("day week month year time moment hour night morning way reason place".split())


@dataclass(slots=True)
class Frame:
    """The arguments of one predicate, as token indices of its sentence; coordinated arguments are all listed."""

    head: int
    subjects: list[int] = field(default_factory=list)  # who does it, also of a passive with "by"
    objects: list[int] = field(default_factory=list)  # to whom it is done, also of a passive
    recipients: list[int] = field(default_factory=list)  # the indirect object
    obliques: dict[str, list[int]] = field(default_factory=dict)  # preposition → what it governs
    owners: list[int] = field(default_factory=list)  # of a noun: its possessors
    modifiers: list[int] = field(default_factory=list)  # of a noun: adjectives and nouns before it
    particles: frozenset[str] = frozenset()
    clauses: list[int] = field(default_factory=list)  # heads of its complement clauses
    complements: list[int] = field(
        default_factory=list
    )  # predicative nouns and adjectives ("was an ally", "is illegal")
    passive: bool = False
    negated: bool = False
    auxiliaries: tuple[str, ...] = ()  # lemmas, in order


class Frames:
    """The frames of one sentence, each made when first asked for."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self._made: dict[int, Frame] = {}
        self._open: set[int] = set()

    def __getitem__(self, index: int) -> Frame:
        frame = self._made.get(index)
        if frame is None:
            frame = self._made[index] = self._make(index)
        return frame

    def _make(self, index: int) -> Frame:
        frame = Frame(index)
        self._open.add(index)
        for child in self.sentence.children[index]:
            self._take(frame, self.sentence.tokens[child])
        token = self.sentence.tokens[index]
        if token.pos in ("VERB", "AUX") or token.tag.startswith("VB"):
            self._mark_recipient(frame)
            self._mark_passive(frame, token)
            self._mark_bare_passive(frame, token)
            self._take_antecedent(frame, token)
            self._share_coordinated(frame, token)
            if not frame.subjects:
                self._inherit_subject(frame, token)
            if any(map(self._is_reciprocal, frame.objects)):  # "accused each other"
                frame.objects = list(frame.subjects)
        elif token.dep in ("acomp", "attr") and token.head not in self._open:  # "Arvania is ready"
            frame.subjects += self[token.head].subjects
        elif token.pos in ("NOUN", "PROPN"):
            self._take_next(frame, token)
            self._take_happening(frame, token)
        elif token.pos == "ADJ" and token.dep == "amod" and token.text.endswith("ed"):
            self._mark_reduced(
                frame, token
            )  # "the ousted president", which the tagger takes for an adjective
        self._open.discard(index)
        return frame

    def _take(self, frame: Frame, child: Token) -> None:
        dep = child.dep
        if dep in SUBJECTS:
            frame.subjects += self._resolved(child)
        elif dep in PASSIVE_SUBJECTS:
            frame.passive = True
            frame.objects += self._resolved(child)
        elif dep in OBJECTS:
            frame.objects += self._resolved(child)
        elif dep in PREPOSITIONS:
            self._take_preposition(frame, child)
        elif dep == "poss":
            frame.owners += self.coordinated(child.index)
        elif dep in ("amod", "compound", "nmod", "npadvmod", "nummod"):
            frame.modifiers += self.coordinated(child.index)
        elif dep in CLAUSES:
            frame.clauses.append(child.index)
        elif dep in ("attr", "acomp", "oprd"):
            frame.complements += self.coordinated(child.index)
        elif dep in ("prt", "advmod"):
            frame.particles |= {child.lemma}
            for below in self.sentence.children[child.index]:  # "handed the base back to Mali"
                if self.sentence.tokens[below].dep == "prep":
                    self._take_preposition(frame, self.sentence.tokens[below])
        elif dep == "neg" or (dep == "det" and child.lemma == "no"):
            frame.negated = True
        elif dep in ("aux", "auxpass"):
            frame.auxiliaries += (child.lemma,)
            frame.passive |= dep == "auxpass"

    def _take_preposition(self, frame: Frame, child: Token) -> None:
        name = child.lemma
        for below in self.sentence.children[child.index]:
            token = self.sentence.tokens[below]
            if token.dep in ("pobj", "pcomp"):
                heads = self._resolved(token) if token.dep == "pobj" else self.coordinated(below)
                if child.dep == "agent" and token.dep == "pobj":
                    frame.subjects += heads
                elif child.dep == "dative":
                    frame.recipients += heads
                frame.obliques.setdefault(name, []).extend(heads)
            elif token.dep == "prep":  # "out of Mali", "up to", "back to"
                frame.particles |= {name}
                self._take_preposition(frame, token)
            elif token.dep == "conj" and token.pos in ("ADP", "SCONJ"):  # "of acting … and of being …"
                self._take_preposition(frame, token)
        if child.dep == "dative" and child.pos in NOMINAL:
            frame.recipients += self.coordinated(child.index)
        elif not self.sentence.children[child.index]:
            frame.particles |= {name}

    def _resolved(self, token: Token) -> list[int]:
        """The token with its coordinated fellows; a relative pronoun stands for its antecedent."""
        if token.tag in ("WDT", "WP") or token.lemma in ("that", "who", "whom", "which"):
            antecedents = self.antecedents(token.index)
            if antecedents:
                return antecedents
        return self.coordinated(token.index)

    def antecedents(self, pronoun: int) -> list[int]:
        """What a relative pronoun stands for, the likeliest first: the noun that the clause hangs on, then the noun just before."""
        tokens = self.sentence.tokens
        at = pronoun
        for _ in range(6):
            if tokens[at].dep == "relcl":
                head = tokens[at].head
                near = [i for i in range(pronoun - 1, head, -1) if tokens[i].pos in ("NOUN", "PROPN")][:1]
                return [head, *near]
            if tokens[at].head == at:
                break
            at = tokens[at].head
        return []

    def coordinated(self, index: int) -> list[int]:
        """The token and the nouns or clauses coordinated with it."""
        found, at = [index], 0
        while at < len(found):
            for child in self.sentence.children[found[at]]:
                if self.sentence.tokens[child].dep == "conj":
                    found.append(child)
            at += 1
        return found

    def _is_reciprocal(self, index: int) -> bool:
        before = self.sentence.tokens[max(index - 1, 0)].lemma
        return (before, self.sentence.tokens[index].lemma) in RECIPROCAL

    def _mark_recipient(self, frame: Frame) -> None:
        """In "refugees were given shelter" the subject is whom it is given to."""
        children = [self.sentence.tokens[child] for child in self.sentence.children[frame.head]]
        given = {at for child in children if child.dep in OBJECTS for at in self.coordinated(child.index)}
        if frame.passive and given:
            frame.recipients += [at for at in frame.objects if at not in given]
            frame.objects = [at for at in frame.objects if at in given]

    def _mark_passive(self, frame: Frame, token: Token) -> None:
        reduced = token.tag == "VBN" and token.dep in ("acl", "amod") and "have" not in frame.auxiliaries
        if reduced:  # "mercenaries hired from", "an administration outlawed by"
            frame.passive = True
            frame.objects += self._one_of(token.head)
            for child in self.sentence.children[token.index]:  # "the Arvania-backed rebels"
                if self.sentence.tokens[child].dep == "npadvmod" and not frame.subjects:
                    frame.subjects += self.coordinated(child)
            frame.subjects += self._joined(frame, token)
        elif token.tag == "VBN" and token.dep == "advcl" and not frame.auxiliaries and not frame.objects:
            if token.head not in self._open:  # "Sentenced to death, the men …"
                frame.passive = True
                above = self[token.head]
                frame.objects += above.objects if above.passive else above.subjects

    def _one_of(self, noun: int) -> list[int]:
        """In "two teachers were among those killed" it is the teachers who are."""
        tokens = self.sentence.tokens
        among = tokens[tokens[noun].head]
        verb = tokens[among.head]
        if tokens[noun].lemma == "those" and (verb.lemma, among.lemma) == ("be", "among"):
            if verb.index not in self._open:
                return self[verb.index].subjects or [noun]
        return [noun]

    def _mark_bare_passive(self, frame: Frame, token: Token) -> None:
        """As in "With two others taken hostage": a participle with a subject of its own and no auxiliary is a passive."""
        if not self._is_bare_participle(frame, token):
            return
        own = [self.sentence.tokens[child].dep in SUBJECTS for child in self.sentence.children[frame.head]]
        if sum(own) == 1:  # with two, the parser has mistaken "Soldiers, the opposition alleged, …"
            frame.passive = True
            frame.complements += frame.objects
            frame.objects, frame.subjects = frame.subjects, []

    def _is_bare_participle(self, frame: Frame, token: Token) -> bool:
        """Without auxiliary or object; coordinated, only after a passive. Forms like "taken" the tagger may take for a past."""
        if token.dep in ("relcl", "parataxis") or frame.auxiliaries or frame.passive:
            return False
        if any(self._lemma(at) not in STATES for at in frame.objects):
            return False
        if token.dep == "conj" and (token.head in self._open or not self[token.head].passive):
            return False
        return token.tag == "VBN" or token.tag == "VBD" and token.text.endswith(("aken", "iven", "own"))

    def _lemma(self, index: int) -> str:
        return self.sentence.tokens[index].lemma

    def _take_antecedent(self, frame: Frame, token: Token) -> None:
        """In "the pact Arvania forged" the noun before is the object; "in Kelda, where talks were held", the place."""
        if token.dep != "relcl" or token.head in self._open:
            return
        children = [self.sentence.tokens[child] for child in self.sentence.children[token.index]]
        if any(child.lemma == "where" for child in children):
            frame.obliques.setdefault("in", []).append(token.head)
        elif frame.subjects and not (frame.passive or frame.objects or frame.clauses or frame.complements):
            if not self._has_gap_word(token) and not self._is_aside(token.head):
                frame.objects += self.coordinated(token.head)

    def _has_gap_word(self, verb: Token) -> bool:
        """Whether a relative word or a preposition left alone ("the deal it agreed to") says what the antecedent is."""
        tokens = self.sentence.tokens
        return any(
            tokens[below].tag in ("WDT", "WP", "WP$", "WRB")
            or tokens[below].pos == "ADP" and tokens[below].dep == "prep" and not self.sentence.children[below]
            for below in self.sentence.subtree(verb.index)
        )  # fmt: skip

    def _is_aside(self, noun: int) -> bool:
        """A noun of time or manner, or one that comments on the clause before it: "…, a charge it denies"."""
        token = self.sentence.tokens[noun]
        return token.lemma in TIMES or token.dep in ("npadvmod", "appos")

    def _mark_reduced(self, frame: Frame, token: Token) -> None:
        """As in "Mercenaries hired from", "an administration outlawed by", "the Rwandan-backed rebels"."""
        frame.passive = True
        frame.objects += [token.head]
        frame.subjects += self._joined(frame, token)

    def _joined(self, frame: Frame, participle: Token) -> list[int]:
        """Who a hyphen makes the doer: "the Arvanian-backed rebels", but "the Arvanian armed forces"."""
        before = self.sentence.tokens[max(participle.index - 1, 0)]
        return [i for i in frame.modifiers if i < before.index] if before.text == "-" else []

    def _take_next(self, frame: Frame, token: Token) -> None:
        """A preposition right behind a noun is the noun's, also where the parser hung it on the verb: "ditches accords with"."""
        if token.index + 1 < len(self.sentence.tokens):
            after = self.sentence.tokens[token.index + 1]
            if after.dep == "prep" and after.head != token.index:
                self._take_preposition(frame, after)

    def _take_happening(self, frame: Frame, token: Token) -> None:
        """Between whom and where a thing comes about is said of the thing: "Fighting erupted between the armies"."""
        above = self.sentence.tokens[token.head]
        if token.dep == "nsubj" and above.lemma in OCCURRENCE:
            for child in self.sentence.children[above.index]:
                if self.sentence.tokens[child].dep == "prep" and child != token.index + 1:
                    self._take_preposition(frame, self.sentence.tokens[child])

    def _share_coordinated(self, frame: Frame, token: Token) -> None:
        """As in "They seized power and unleashed a crackdown": the second verb has the first one's subject."""
        if token.dep != "conj" or token.head in self._open:
            return
        above = self[token.head]
        if not frame.auxiliaries:
            frame.auxiliaries = above.auxiliaries if token.tag in ("VB", "VBN", "VBG") else ()
            frame.passive |= above.passive and token.tag == "VBN" and not frame.objects
        if not frame.subjects and not (frame.passive and frame.objects):
            if frame.passive and not frame.objects and not above.passive:  # "fell ill and was evacuated"
                frame.objects += above.subjects
            elif frame.passive and not frame.objects:
                frame.objects += above.objects
                frame.subjects += [i for i in above.subjects if i not in frame.subjects]
            else:
                frame.subjects += above.objects if above.passive else above.subjects
        # an object that the last of several verbs governs: "captured and killed the men"
        if (
            not above.objects
            and frame.objects
            and not above.clauses
            and not above.passive
            and above.head < frame.head
        ):
            between = self.sentence.tokens[above.head + 1 : frame.head]
            if all(t.pos in ("CCONJ", "ADV", "PART", "PUNCT") for t in between):
                above.objects += frame.objects

    def _inherit_subject(self, frame: Frame, token: Token) -> None:
        """The understood subject of a participle, infinitive or gerund, from the clause above."""
        if frame.passive or token.head == token.index or token.head in self._open:
            return
        head = self.sentence.tokens[token.head]
        if token.tag == "VB" and head.dep in ("acomp", "attr"):  # "was the first to fire"
            frame.subjects += self[token.head].subjects
        elif token.dep == "acl" and token.tag in ("VBG", "VB") and head.pos in ("NOUN", "PROPN", "PRON"):
            noun = self[token.head]
            frame.subjects += noun.owners if token.tag == "VB" else self._actors_of(token)
        elif token.dep == "relcl" and not frame.subjects and token.tag == "VB":
            frame.subjects += self[token.head].owners
        elif token.dep in ("xcomp", "advcl", "ccomp") and token.tag in ("VB", "VBG", "VBN"):
            frame.subjects += self._controller(token.head, token.dep)
        elif token.dep == "pcomp":
            governor = self.sentence.tokens[head.head]
            if governor.index not in self._open and head.head != head.index:
                frame.subjects += self._controller_behind(head, governor)

    def _actors_of(self, participle: Token) -> list[int]:
        """The noun before it, or who acts in its relative clause: "a town where people marched, often fighting with police"."""
        relative = [
            child for child in self.sentence.children[participle.head]
            if child < participle.index and self.sentence.tokens[child].dep == "relcl" and child not in self._open
        ]  # fmt: skip
        above = self[relative[-1]] if relative else None
        return list(above.subjects) if above and above.subjects else [participle.head]

    def _controller_behind(self, preposition: Token, governor: Token) -> list[int]:
        """Who does what a preposition governs: "accused the army of spying" the army, "freed them after detaining them" the subject."""
        nominal = governor.pos in ("NOUN", "PROPN")
        if preposition.lemma in ADVERBIAL:
            verb = self.sentence.tokens[governor.head] if nominal and governor.dep in OBJECTS else governor
            if verb.pos in ("VERB", "AUX") and verb.index not in self._open:
                return self._controller(verb.index, "advcl")
        if nominal:  # "its resistance to setting"
            return self[governor.index].owners or [governor.index]
        return self._controller(governor.index, "pcomp")

    def _controller(self, above: int, dep: str) -> list[int]:
        frame = self[above]
        lemma = self.sentence.tokens[above].lemma
        if dep != "advcl" and frame.objects and lemma not in SUBJECT_CONTROL:
            return list(frame.objects)
        return list(frame.objects if frame.passive and not frame.subjects else frame.subjects)
