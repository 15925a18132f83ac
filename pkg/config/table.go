package config

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/config/notation"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

// noStateDir is the value of state_dir on a host without locks and journals.
const noStateDir = "none"

// maxSMTPTimeout follows from the ledger: a claim in Odoo lives 15 minutes, and
// the last mail may begin 10 minutes after it and must have failed before minute
// 14.
const maxSMTPTimeout = 4 * time.Minute

// checks returns what refuses values of the right kind that make no sense, by the
// name of the key.
func checks() map[string]check {
	return map[string]check{
		"odoo.timeout":                within(time.Second, 10*time.Minute),
		"odoo.rate":                   on(notation.CheckRate),
		"smtp.host":                   on(checkHost),
		"smtp.port":                   within(1, 65535),
		"smtp.timeout":                within(time.Second, maxSMTPTimeout),
		"smtp.connections":            within(1, 20),
		"smtp.oauth2.token_url":       on(notation.CheckTokenURL),
		"mail.envelope_from":          on(notation.CheckBareMailbox),
		"mail.language":               on(notation.CheckLanguage),
		"timezone":                    on(checkTimezone),
		"reminders.days":              on(notation.CheckDays),
		"reminders.catch_up_days":     within(0, 365),
		"reminders.hold_for_activity": within(0, 365),
		"reminders.quiet_days":        within(0, 365),
		"reminders.min_days_between":  within(0, 60),
		"archive.after_days":          within(0, notation.MaxDay),
		"archive.warn_days":           within(0, 365),
		"archive.keep":                on(notation.CheckKeep),
		"feedback.lookback_days":      within(0, 365),
		"feedback.deadline_days":      within(1, 365),
		"feedback.cooldown_days":      within(0, 365),
		"feedback.remind_after_days":  within(0, 365),
		"feedback.low_score":          within(0, 100),
		"feedback.score_field":        on(notation.CheckScoreField),
		"feedback.tags":               on(notation.CheckScoreTags),
		"guard.max_records":           within(0, 1_000_000_000),
		"guard.max_share":             within(0.0, 1.0),
		"history.keep_days":           within(0, 3650),
		"monitor.url":                 on(checkMonitor),
	}
}

// checkMonitor refuses what is no URL of a monitor.
func checkMonitor(url Secret) error { return notation.CheckMonitor(url.Reveal()) }

// Keys returns the description of every setting, in the order of the file.
func Keys() []Key { return slices.Clone(allKeys()) }

// allKeys returns the same slice each time, which must not be changed.
var allKeys = sync.OnceValue(func() []Key { //nolint:gochecknoglobals // A constant that Go has no form for.
	keys := keysOf(reflect.TypeFor[Config](), "", false)
	checks := checks()
	for i, k := range keys {
		keys[i].check = checks[k.Name]
	}
	return keys
})

// keysOf reads the tags of a section, whose name is the prefix.
func keysOf(section reflect.Type, prefix string, shared bool) []Key {
	var keys []Key
	for f := range section.Fields() {
		k := Key{
			Name: prefix + f.Tag.Get("name"), Kind: kindOf(f), Default: f.Tag.Get("default"), Doc: f.Tag.Get("doc"),
			Choices: strings.Fields(f.Tag.Get("choices")), Shared: shared || f.Tag.Get("shared") != "",
		}
		if k.Kind == "" {
			keys = append(keys, keysOf(f.Type, k.Name+".", k.Shared)...)
			continue
		}
		keys = append(keys, k)
		if k.Kind == Password {
			command := "A command that prints " + k.Name + ", as in pass show crm-tool; /bin/sh runs it, for 30 seconds at most."
			keys = append(keys, Key{Name: k.Name + fileSuffix, Kind: Path, Doc: f.Tag.Get("file")},
				Key{Name: k.Name + commandSuffix, Kind: Command, Doc: command})
		}
	}
	return keys
}

// kindOf returns the kind of a field, or nothing for a section.
func kindOf(f reflect.StructField) Kind {
	if kind, ok := f.Tag.Lookup("kind"); ok {
		return Kind(kind)
	}
	return map[reflect.Type]Kind{
		reflect.TypeFor[string]():                  Text,
		reflect.TypeFor[TLSMode]():                 Choice,
		reflect.TypeFor[API]():                     Choice,
		reflect.TypeFor[Auth]():                    Choice,
		reflect.TypeFor[NameMode]():                Choice,
		reflect.TypeFor[Signatory]():               Choice,
		reflect.TypeFor[Transport]():               Choice,
		reflect.TypeFor[address.Address]():         Mailbox,
		reflect.TypeFor[Secret]():                  Password,
		reflect.TypeFor[bool]():                    Bool,
		reflect.TypeFor[int]():                     Number,
		reflect.TypeFor[float64]():                 Fraction,
		reflect.TypeFor[time.Duration]():           Duration,
		reflect.TypeFor[[]int]():                   Days,
		reflect.TypeFor[[]string]():                Rules,
		reflect.TypeFor[calendar.Hours]():          Hours,
		reflect.TypeFor[[]calendar.Period]():       Periods,
		reflect.TypeFor[[]notation.ScoreTag]():     ScoreTags,
		reflect.TypeFor[[]notation.FeedbackRule](): ActivityRules,
		reflect.TypeFor[rule.List]():               OpportunityRules,
	}[f.Type]
}
