/* Every transition of histories written by hand, to the microsecond; each with the line
 * of the exact semantics it shows. */

#include "qualify/clock.h"
#include "qualify/referee_fixture.h"

/* Two invitations a week qualify; a checkout raises a hand. */
#define SIGNALS                               \
    "events: {hand_raise: \"Sales Asked\"}\n" \
    "signals: {invites: 'count(\"Invite\", 7d)', left: ever(\"Left\")}\n"
#define TEAM "qualify:\n  team:\n    kind: pqa\n    must: [invites >= 2]\n"

#define TWO_INVITES                     \
    "2026-03-02T09:00 ann \"Invite\"\n" \
    "2026-03-03T11:30 ann \"Invite\"\n"

/* Nobody did B for a day: time alone makes it true, and a moment finds it. */
#define GOES                                                                      \
    "qualify:\n  q: {kind: pqa, must: ['ever(\"A\")', 'count(\"B\", 1d) < 1']}\n" \
    "  r: {kind: pqa, must: ['ever(\"A\")']}\n"                                   \
    "  p: {kind: pql, within: r, must: ['ever(\"A\")', 'count(\"B\", 1d) < 1']}\n"
#define GONE                                                   \
    "2026-03-01T09:00 ann \"A\"\n2026-03-01T09:00 ann \"B\"\n" \
    "2026-03-01T09:00 until 2026-03-02T10:00 "
#define GOES_THEN                                                          \
    "2026-03-01T09:00:00Z r entered 1\n2026-03-02T10:00:00Z q entered 1\n" \
    "2026-03-02T10:00:00Z p ann entered 1\n"

/* One line was known late, so that the day after is looked at row by row. */
#define GONE_LATE                                              \
    "2026-03-01T09:00 ann \"A\"\n2026-03-01T09:00 ann \"B\"\n" \
    "2026-03-01T08:00 known 2026-03-02T11:00 ann \"A\"\n"      \
    "2026-03-01T09:00 until 2026-03-02T10:00 "

/* The same of an hour, in the middle of a day. */
#define GOES_HOUR                                                                 \
    "qualify:\n  q: {kind: pqa, must: ['ever(\"A\")', 'count(\"B\", 1h) < 1']}\n" \
    "  r: {kind: pqa, must: ['ever(\"A\")']}\n"                                   \
    "  p: {kind: pql, within: r, must: ['ever(\"A\")', 'count(\"B\", 1h) < 1']}\n"
#define GONE_HOUR                                              \
    "2026-03-01T09:00 ann \"A\"\n2026-03-01T09:00 ann \"B\"\n" \
    "2026-03-01T09:00 until 2026-03-01T10:30 "
#define GOES_HOUR_THEN                                                     \
    "2026-03-01T09:00:00Z r entered 1\n2026-03-01T10:30:00Z q entered 1\n" \
    "2026-03-01T10:30:00Z p ann entered 1\n"

/* Ann's first days are over at 09:00, and some row of the day came before. */
#define FIRST                                                \
    "qualify:\n  team: {kind: pqa, must: ['ever(\"A\")']}\n" \
    "  new: {kind: pql, within: team, must: ['first(days(2d)) >= 1']}\n"
#define FIRST_OVER                                             \
    "2026-03-02T09:00 ann \"A\"\n2026-03-04T08:59 bob \"B\"\n" \
    "2026-03-03T09:00 until 2026-03-04T15:00 "
#define FIRST_THEN                          \
    "2026-03-02T09:00:00Z team entered 1\n" \
    "2026-03-04T15:00:00Z new ann entered 1\n"

/* Each row of want: moment, definition, person of a pql, what, ordinal. */
static const struct {
    const char *name, *yml, *history, *until, *want;
} scripts[] = {
    {"semantics 3: entry at the moment of its line", SIGNALS TEAM, TWO_INVITES,
        "2026-03-08", "2026-03-03T11:30:00Z team entered 1\n"},
    {"semantics 3: after all lines of that moment",
        SIGNALS
        "qualify:\n  q: {kind: pqa, must: ['count(\"A\", 1d) >= 2 and not left']}\n",
        "2026-03-02T09:00 ann \"A\"\n2026-03-02T09:00 ann \"A\"\n"
        "2026-03-02T09:00 ann \"Left\"\n2026-03-03T09:00 ann \"A\"\n",
        "2026-03-08", ""},
    {"semantics 4: a window empties at the last microsecond of its day", SIGNALS TEAM,
        TWO_INVITES, "2026-03-20",
        "2026-03-03T11:30:00Z team entered 1\n"
        "2026-03-09T23:59:59.999999Z team faded 1\n"},
    {"semantics 4: none in 14 days fires with no event arriving",
        "qualify:\n  quiet:\n    kind: pqa\n"
        "    must: ['count(any, 14d) == 0 and ever(any)']\n",
        "2026-03-02T09:00 ann \"A\"\n", "2026-04-01",
        "2026-03-16T23:59:59.999999Z quiet entered 1\n"},
    {"semantics 4: a line on the new day sees the new day",
        "qualify:\n  quiet:\n    kind: pqa\n"
        "    must: ['count(\"A\", 14d) == 0 and ever(any)']\n",
        "2026-03-02T09:00 ann \"A\"\n2026-03-16T05:00 ann \"B\"\n", "2026-04-01",
        "2026-03-16T05:00:00Z quiet entered 1\n"},
    {"semantics 4: a line at that microsecond is one moment with the tick",
        SIGNALS TEAM "    hold: 1d\n",
        "2026-03-02T09:00 ann \"Invite\"\n2026-03-03T23:59:59.999999 ann \"Invite\"\n",
        "2026-03-08", "2026-03-04T23:59:59.999999Z team entered 1\n"},
    {"semantics 4: and enters at it", SIGNALS TEAM,
        "2026-03-02T09:00 ann \"Invite\"\n2026-03-03T23:59:59.999999 ann \"Invite\"\n",
        "2026-03-08", "2026-03-03T23:59:59.999999Z team entered 1\n"},
    {"semantics 2: a late line counts from when it is known", SIGNALS TEAM,
        "2026-03-02T09:00 ann \"Invite\"\n"
        "2026-03-02T10:00 known 2026-03-06T08:00 ann \"Invite\"\n",
        "2026-03-20",
        "2026-03-06T08:00:00Z team entered 1\n"
        "2026-03-09T23:59:59.999999Z team faded 1\n"},
    {"semantics 2: in its own bucket, which may have gone", SIGNALS TEAM,
        "2026-03-02T09:00 ann \"Invite\"\n"
        "2026-03-02T10:00 known 2026-03-09T08:00 ann \"Invite\"\n",
        "2026-03-20", ""},
    {"semantics 15: a link brings the past from then on", SIGNALS TEAM,
        "2026-03-02T09:00 ann \"Invite\"\n"
        "2026-03-01T09:00 known 2026-03-04T12:00 bob \"Invite\"\n"
        "2026-03-02T09:00 known 2026-03-04T12:00 bob \"Other\"\n",
        "2026-03-07", "2026-03-04T12:00:00Z team entered 1\n"},
    {"semantics 15: undo restores later values; what happened stays", SIGNALS TEAM,
        "2026-03-02T09:00 ann \"Invite\"\n"
        "2026-03-02T10:00 until 2026-03-05T08:00 bob \"Invite\"\n",
        "2026-03-07",
        "2026-03-02T10:00:00Z team entered 1\n"
        "2026-03-05T23:59:59.999999Z team faded 1\n"},
    {"semantics 15: the moment a row leaves is one of evaluation",
        SIGNALS
        "qualify:\n  q: {kind: pqa, must: ['count(any, 30d) >= 1 and not left']}\n",
        "2026-03-02T09:00 ann \"A\"\n2026-03-01T09:00 until 2026-03-03T08:00 bob "
        "\"Left\"\n",
        "2026-03-07", "2026-03-03T08:00:00Z q entered 1\n"},

    {"semantics 20: excluded at once, cooled, entered again",
        "exclude: account.plan == \"student\"\n" SIGNALS TEAM "    cooldown: 2d\n",
        TWO_INVITES "2026-03-04T10:00 account sets plan=\"student\"\n"
                    "2026-03-04T11:00 account sets plan=\"pro\"\n",
        "2026-03-08",
        "2026-03-03T11:30:00Z team entered 1\n2026-03-04T10:00:00Z team excluded 1\n"
        "2026-03-06T23:59:59.999999Z team entered 2\n"},
    {"semantics 3: money that goes to another account is a moment",
        "exclude: account.mrr > 0\nqualify:\n"
        "  q: {kind: pqa, must: ['ever(\"A\")']}\n",
        "2026-03-01T09:00 ann \"A\"\n"
        "2026-03-01T09:00 until 2026-03-03T10:00 account pays 120 "
        "from=2026-03-01 to=2027-03-01 months=12\n",
        "2026-03-05", "2026-03-03T10:00:00Z q entered 1\n"},
    {"semantics 3: and a payment whose sum nobody asks for", GOES,
        GONE "account pays 1\n", "2026-03-05", GOES_THEN},
    {"semantics 3: and a deal", GOES, GONE "account deals id=\"d\" stage=\"won\"\n",
        "2026-03-05", GOES_THEN},
    {"semantics 3: a payment that goes, where a line was known late", GOES,
        GONE_LATE "account pays 1\n", "2026-03-05", GOES_THEN},
    {"semantics 3: a deal that goes, where a line was known late", GOES,
        GONE_LATE "account deals id=\"d\" stage=\"won\"\n", "2026-03-05", GOES_THEN},
    {"semantics 3: a payment that goes, within a day", GOES_HOUR,
        GONE_HOUR "account pays 1\n", "2026-03-02", GOES_HOUR_THEN},
    {"semantics 3: a deal that goes, within a day", GOES_HOUR,
        GONE_HOUR "account deals id=\"d\" stage=\"won\"\n", "2026-03-02",
        GOES_HOUR_THEN},
    {"semantics 3: a payment that goes, that ends a person's first days", FIRST,
        FIRST_OVER "account pays 1\n", "2026-03-05T12:00", FIRST_THEN},
    {"semantics 3: a deal that goes, that ends a person's first days", FIRST,
        FIRST_OVER "account deals id=\"d\" stage=\"won\"\n", "2026-03-05T12:00",
        FIRST_THEN},
    {"semantics 20: left at the end of the day, not in it",
        SIGNALS TEAM "    who: account.plan == \"free\"\n",
        "2026-03-01T08:00 account sets plan=\"free\"\n" TWO_INVITES
        "2026-03-04T10:00 account sets plan=\"pro\"\n"
        "2026-03-04T11:00 account sets plan=\"free\"\n"
        "2026-03-05T10:00 account sets plan=\"pro\"\n",
        "2026-03-08",
        "2026-03-03T11:30:00Z team entered 1\n"
        "2026-03-05T23:59:59.999999Z team left 1\n"},
    {"semantics 20: an unknown who is not true",
        SIGNALS TEAM "    who: account.plan == \"free\"\n", TWO_INVITES, "2026-03-08",
        ""},
    {"semantics 20: stay is a lower bar than must",
        SIGNALS TEAM "    stay: invites >= 1\n", TWO_INVITES, "2026-03-20",
        "2026-03-03T11:30:00Z team entered 1\n"
        "2026-03-10T23:59:59.999999Z team faded 1\n"},
    {"semantics 20: a threshold is asked for at entry, not to stay",
        SIGNALS TEAM "    score: {usage: ['50 if count(\"Invite\", 1d) > 0']}\n"
                     "    threshold: {usage: 50}\n",
        TWO_INVITES, "2026-03-08", "2026-03-03T11:30:00Z team entered 1\n"},
    {"semantics 20: hold passes at a tick", SIGNALS TEAM "    hold: 2d\n", TWO_INVITES,
        "2026-03-08", "2026-03-05T23:59:59.999999Z team entered 1\n"},
    {"semantics 20: a hold that is broken begins again",
        SIGNALS
        "qualify:\n  q: {kind: pqa, must: ['count(\"A\", 2d) >= 1'], hold: 3d}\n",
        "2026-03-01T09:00 ann \"A\"\n2026-03-04T09:00 ann \"A\"\n"
        "2026-03-05T09:00 ann \"A\"\n2026-03-07T09:00 ann \"A\"\n",
        "2026-03-12",
        "2026-03-07T23:59:59.999999Z q entered 1\n"
        "2026-03-09T23:59:59.999999Z q faded 1\n"},
    {"semantics 20: who asks for a person skips gates, thresholds and hold",
        SIGNALS TEAM "    hold: 2d\n    score: {usage: [50 if invites > 5]}\n"
                     "    threshold: {usage: 50}\n",
        "2026-03-02T09:00 ann \"Sales Asked\"\n", "2026-04-20",
        "2026-03-02T09:00:00Z team entered 1\n"
        "2026-04-01T23:59:59.999999Z team faded 1\n"},
    {"semantics 20: but neither who nor exclude",
        "exclude: left\n" SIGNALS TEAM "    who: account.plan == \"free\"\n",
        "2026-03-02T09:00 ann \"Sales Asked\"\n"
        "2026-03-03T09:00 account sets plan=\"free\"\n2026-03-04T09:00 ann \"Left\"\n",
        "2026-03-20",
        "2026-03-03T09:00:00Z team entered 1\n2026-03-04T09:00:00Z team excluded 1\n"},
    {"semantics 5: expires at the first tick past its length",
        SIGNALS
        "qualify:\n  q: {kind: pqa, must: ['count(\"A\", 9d) >= 1'], expires: 3d}\n",
        "2026-03-02T09:00 ann \"A\"\n2026-03-12T09:00 ann \"A\"\n", "2026-03-25",
        "2026-03-02T09:00:00Z q entered 1\n2026-03-05T23:59:59.999999Z q expired 1\n"
        "2026-03-12T09:00:00Z q entered 2\n2026-03-15T23:59:59.999999Z q expired 2\n"},
    {"semantics 20: after expired it must have been ineligible once",
        SIGNALS
        "qualify:\n  q: {kind: pqa, must: ['count(\"A\", 9d) >= 1'], expires: 3d}\n",
        "2026-03-02T09:00 ann \"A\"\n2026-03-09T09:00 ann \"A\"\n", "2026-03-17",
        "2026-03-02T09:00:00Z q entered 1\n2026-03-05T23:59:59.999999Z q expired 1\n"},

    {"semantics 20: converted by an event, at once",
        "outcomes: {o: {event: Bought, nth: 2}}\n" SIGNALS TEAM "    aim: o\n",
        TWO_INVITES
        "2026-03-03T12:00 ann \"Bought\"\n2026-03-04T10:30 bob \"Bought\"\n",
        "2026-03-08",
        "2026-03-03T11:30:00Z team entered 1\n2026-03-04T10:30:00Z team converted 1\n"},
    {"semantics 20: what came true before entry does not convert",
        "outcomes: {o: {event: Bought}}\n" SIGNALS TEAM "    aim: o\n",
        "2026-03-01T12:00 ann \"Bought\"\n" TWO_INVITES
        "2026-03-04T10:30 bob \"Bought\"\n",
        "2026-03-08", "2026-03-03T11:30:00Z team entered 1\n"},
    {"semantics 20: after converted it must have been ineligible once",
        "outcomes: {o: {event: Bought}}\n" SIGNALS TEAM "    aim: o\n",
        TWO_INVITES
        "2026-03-03T12:00 ann \"Bought\"\n2026-03-06T09:00 ann \"Invite\"\n"
        "2026-03-15T09:00 ann \"Invite\"\n2026-03-15T10:00 ann \"Invite\"\n",
        "2026-03-16",
        "2026-03-03T11:30:00Z team entered 1\n2026-03-03T12:00:00Z team converted 1\n"
        "2026-03-15T10:00:00Z team entered 2\n"},
    {"semantics 20: converted by a payment",
        "outcomes: {o: {payment: first, channel: sales}}\n" SIGNALS TEAM "    aim: o\n",
        TWO_INVITES "2026-03-04T10:00 account pays 10 channel=\"self_serve\"\n"
                    "2026-03-04T12:00 known 2026-03-05T07:00 account pays 9 "
                    "channel=\"sales\"\n",
        "2026-03-08",
        "2026-03-03T11:30:00Z team entered 1\n2026-03-05T07:00:00Z team converted 1\n"},
    {"semantics 20: converted by a deal",
        "outcomes: {o: {deal: won}}\n" SIGNALS TEAM "    aim: o\n",
        TWO_INVITES "2026-03-04T10:00 account deals id=\"d\" stage=\"demo\"\n"
                    "2026-03-05T10:00 account deals id=\"d\" stage=\"won\"\n",
        "2026-03-08",
        "2026-03-03T11:30:00Z team entered 1\n2026-03-05T10:00:00Z team converted 1\n"},
    {"semantics 25: revenue within so many days of entry",
        "outcomes: {o: {arr: 1200, within: 2d}}\n" SIGNALS TEAM "    aim: o\n",
        TWO_INVITES "2026-03-05T11:30 account pays 100 from=2026-03-05 to=2026-04-05 "
                    "months=1\n",
        "2026-03-08",
        "2026-03-03T11:30:00Z team entered 1\n2026-03-05T11:30:00Z team converted 1\n"},
    {"semantics 25: a microsecond later does not count",
        "outcomes: {o: {arr: 1200, within: 2d}}\n" SIGNALS TEAM "    aim: o\n",
        TWO_INVITES "2026-03-05T11:30:00.000001 account pays 100 from=2026-03-05 "
                    "to=2026-04-05 months=1\n",
        "2026-03-08", "2026-03-03T11:30:00Z team entered 1\n"},
    {"semantics 4: revenue that begins by itself comes true at the end of the day",
        "outcomes: {o: {mrr: 100}}\n" SIGNALS TEAM "    aim: o\n",
        TWO_INVITES "2026-03-04T10:00 account pays 100 from=2026-03-06T05:00 "
                    "to=2026-04-06 months=1\n",
        "2026-03-08",
        "2026-03-03T11:30:00Z team entered 1\n"
        "2026-03-06T23:59:59.999999Z team converted 1\n"},

    {"semantics 4: hour windows tick at the end of hours",
        "qualify:\n  busy:\n    kind: pqa\n    must: ['count(\"A\", 2h) >= 2']\n",
        "2026-03-02T09:10 ann \"A\"\n2026-03-02T10:20 ann \"A\"\n", "2026-03-04",
        "2026-03-02T10:20:00Z busy entered 1\n"
        "2026-03-02T11:59:59.999999Z busy faded 1\n"},
    {"semantics 4: beside windows of days they exit at the end of the day",
        "qualify:\n  busy:\n    kind: pqa\n    must: ['count(\"A\", 2h) >= 2', "
        "'days(9d) > 0']\n",
        "2026-03-02T09:10 ann \"A\"\n2026-03-02T10:20 ann \"A\"\n", "2026-03-04",
        "2026-03-02T10:20:00Z busy entered 1\n"
        "2026-03-02T23:59:59.999999Z busy faded 1\n"},
    {"semantics 4: an hour in which nothing came may enter",
        "qualify:\n  calm: {kind: pqa, must: ['count(any, 3h) == 0 and ever(any)']}\n",
        "2026-03-02T09:10 ann \"A\"\n", "2026-03-03",
        "2026-03-02T12:59:59.999999Z calm entered 1\n"},

    {"design 6: people of an account that qualified, from that moment on",
        SIGNALS
        "user_signals: {own: days(14d)}\n" TEAM
        "  buyer: {kind: pql, within: team, must: [own >= 1], who: user.title == "
        "\"Head\"}\n",
        "2026-03-01T08:00 ann sets title=\"Head\"\n2026-03-01T08:00 bob sets "
        "title=\"Aide\"\n"
        "2026-03-01T08:00 cid sets title=\"Head\"\n" TWO_INVITES
        "2026-03-05T10:00 cid \"A\"\n",
        "2026-03-20",
        "2026-03-03T11:30:00Z team entered 1\n2026-03-03T11:30:00Z buyer ann entered "
        "1\n"
        "2026-03-05T10:00:00Z buyer cid entered 1\n"
        "2026-03-09T23:59:59.999999Z team faded 1\n"
        "2026-03-09T23:59:59.999999Z buyer ann left 1\n"
        "2026-03-09T23:59:59.999999Z buyer cid left 1\n"},
    {"design 6: nobody is judged before anything of theirs is known at the account",
        "qualify:\n  team: {kind: pqa, must: ['count(\"A\", 7d) >= 1']}\n"
        "  all: {kind: pql, within: team, must: ['account.age >= 0 or user.title == "
        "\"Aide\" and days(9d) >= 9']}\n",
        "2026-03-01T08:00 account sets plan=\"pro\"\n2026-03-02T09:00 ann \"A\"\n"
        "2026-03-02T10:00 known 2026-03-04T10:00 bob \"B\"\n"
        "2026-03-05T11:00 cid sets title=\"Head\"\n",
        "2026-03-06",
        "2026-03-02T09:00:00Z team entered 1\n2026-03-02T09:00:00Z all ann entered 1\n"
        "2026-03-04T10:00:00Z all bob entered 1\n"
        "2026-03-05T11:00:00Z all cid entered 1\n"},
    {"semantics 14: a person's first days are over at the account's next row",
        "qualify:\n  team: {kind: pqa, must: ['count(\"A\", 7d) >= 1']}\n"
        "  new: {kind: pql, within: team, must: ['first(days(2d)) >= 1']}\n",
        "2026-03-02T09:00 ann \"A\"\n2026-03-04T08:59 bob \"B\"\n"
        "2026-03-04T15:00 bob \"B\"\n2026-03-04T16:00 bob \"B\"\n",
        "2026-03-06",
        "2026-03-02T09:00:00Z team entered 1\n"
        "2026-03-04T15:00:00Z new ann entered 1\n"},
    {"semantics 3: a trait that nothing names makes no moment",
        "qualify:\n  quiet:\n    kind: pqa\n"
        "    must: ['count(\"A\", 14d) == 0 and ever(any)']\n",
        "2026-03-02T09:00 ann \"A\"\n2026-03-16T05:00 account sets odd=1\n",
        "2026-04-01", "2026-03-16T23:59:59.999999Z quiet entered 1\n"},
    {"semantics 3: one that some other definition names does",
        "qualify:\n  quiet:\n    kind: pqa\n"
        "    must: ['count(\"A\", 14d) == 0 and ever(any)']\n"
        "  other: {kind: pqa, must: [account.odd == 2, 'days(9d) > 0']}\n",
        "2026-03-02T09:00 ann \"A\"\n2026-03-16T05:00 account sets odd=1\n",
        "2026-04-01", "2026-03-16T05:00:00Z quiet entered 1\n"},
    {"design 6: in the order of the file, though accounts are looked at first",
        "user_signals: {own: days(14d)}\nqualify:\n"
        "  buyer: {kind: pql, within: team, must: [own >= 1]}\n"
        "  team: {kind: pqa, must: ['count(\"A\", 7d) >= 1']}\n",
        "2026-03-05T10:00 cid \"A\"\n", "2026-03-06",
        "2026-03-05T10:00:00Z buyer cid entered 1\n2026-03-05T10:00:00Z team entered "
        "1\n"},
    {"design 6: an account that left between ticks takes its people at the next",
        "exclude: account.plan == \"student\"\nuser_signals: {own: "
        "days(14d)}\nqualify:\n"
        "  team: {kind: pqa, must: ['count(\"A\", 7d) >= 1']}\n"
        "  buyer: {kind: pql, within: team, must: [own >= 1]}\n",
        "2026-03-05T10:00 cid \"A\"\n2026-03-05T11:00 account sets plan=\"student\"\n"
        "2026-03-05T11:00 dan \"A\"\n",
        "2026-03-06",
        "2026-03-05T10:00:00Z team entered 1\n2026-03-05T10:00:00Z buyer cid entered "
        "1\n"
        "2026-03-05T11:00:00Z team excluded 1\n2026-03-05T11:00:00Z buyer cid excluded "
        "1\n"},
    {"semantics 7: lines of one moment in any order",
        SIGNALS
        "qualify:\n  q: {kind: pqa, must: ['users(7d) >= 2'], who: account.plan == "
        "\"pro\"}\n",
        "2026-03-02T09:00 ann \"A\"\n2026-03-02T09:00 bob \"A\"\n"
        "2026-03-02T09:00 account sets plan=\"pro\"\n",
        "2026-03-04", "2026-03-02T09:00:00Z q entered 1\n"},
    {"semantics 21: alias names are the event",
        "events: {alias: {Invite: [invited]}}\n"
        "signals: {invites: 'count(\"Invite\", 7d)'}\n" TEAM,
        "2026-03-02T09:00 ann \"invited\"\n2026-03-03T11:30 ann \"Invite\"\n",
        "2026-03-05", "2026-03-03T11:30:00Z team entered 1\n"},
};

/* Each moment and whether a row makes it, `+`, or it is a tick alone, `.`. */
static us_str moments(struct world *w, bool hours, const char *until)
{
    struct us_buf out = us_buf_new(&w->arena, TEXT_MAX);
    struct us_clock c =
        us_clock_of(&w->log, hours, us_case_time(us_str_c(until)), &w->arena);
    int64_t t;
    bool row;
    while (us_clock_next(&c, &t, &row)) {
        us_buf_char(&out, row ? '+' : '.');
        us_time_put(&out, t);
        us_buf_char(&out, '\n');
    }
    return us_buf_str(&out);
}

static void clocks(struct us_tap *t)
{
    struct world w;
    open_world(&w,
        SIGNALS "outcomes: {o: {deal: won}}\n" TEAM "    aim: o\n"
                "    who: account.plan == \"pro\"\n",
        "2026-03-02T09:00 known 2026-03-02T22:30 ann \"Invite\"\n"
        "2026-03-02T10:00 known 2026-03-02T22:30 until 2026-03-04T01:00 ann "
        "\"Invite\"\n"
        "2026-03-02T23:59:59.999999 account sets plan=\"pro\"\n"
        "2026-03-04T02:00 account pays 5\n"
        "2026-03-04T03:00 account deals id=\"d\" stage=\"won\"\n"
        "2026-03-04T05:00 account deals id=\"d\" stage=\"won\"\n"
        "2026-03-01T00:00 account sets plan=\"free\"\n");
    w.log.traits[0].from = US_ALWAYS; /* the last line */
    const char days[] = "+2026-03-02T22:30:00Z\n+2026-03-02T23:59:59.999999Z\n"
                        ".2026-03-03T23:59:59.999999Z\n+2026-03-04T01:00:00Z\n"
                        "+2026-03-04T02:00:00Z\n+2026-03-04T03:00:00Z\n";
    us_str got = moments(&w, false, "2026-03-04T04:59");
    bool good = us_str_eq(got, us_str_c(days));
    CHECK_AS(
        t, good, "semantics 3, 4: moments of rows, and ends of days from the first");
    if (!good) show(got);
    const char hours[] = "+2026-03-02T22:30:00Z\n.2026-03-02T22:59:59.999999Z\n"
                         "+2026-03-02T23:59:59.999999Z\n.2026-03-03T00:59:59.999999Z\n";
    got = moments(&w, true, "2026-03-03T01:59:59.999998");
    good = us_str_eq(got, us_str_c(hours));
    CHECK_AS(t, good, "semantics 4: ends of hours");
    if (!good) show(got);
    close_world(&w);
    open_world(&w, SIGNALS TEAM, "");
    CHECK_AS(t, moments(&w, true, "2026-03-04").len == 0, "none without a row");
    close_world(&w);
}

static void hand_written(struct us_tap *t)
{
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct world w;
        open_world(&w, scripts[i].yml, scripts[i].history);
        int64_t until = us_case_time(us_str_c(scripts[i].until));
        bool reasons = false;
        us_str got = transitions(&w, until, &reasons);
        bool good = w.diags.errors == 0 && us_str_eq(got, us_str_c(scripts[i].want));
        CHECK_AS(t, good, scripts[i].name);
        for (size_t k = 0; !good && k < w.diags.count; k++)
            printf("# %s\n", w.diags.items[k].key);
        if (!good) show(got);
        if (!reasons) CHECK_AS(t, false, "the verdict of a moment gives its reason");
        if (!us_str_eq(got, replayed(&w, until)))
            CHECK_AS(t, false, "and a replay says so");
        if (!us_str_eq(got, lived(&w, until))) CHECK_AS(t, false, "and so it is live");
        if (!stands(&w, until, 100, 7 * US_HOUR_US + 1))
            CHECK_AS(t, false, "and standings agree");
        close_world(&w);
    }
}

int main(void)
{
    struct us_tap t = {0};
    clocks(&t);
    hand_written(&t);
    return us_tap_done(&t);
}
