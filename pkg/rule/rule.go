// Package rule says what is different for some opportunities: on which days their
// clients are reminded, in which words and in whose name, what they are asked, and
// when they are archived.
//
// A [List] is the setting rules. The first [Rule] whose conditions all hold for an
// opportunity counts, alone; what it does not say is as for all others. [Parse]
// reads a list, with conditions by name; whoever knows Odoo's names sets [Rule.If].
//
// The package is pure: it reads no file and no network.
package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Rule is what is different for the opportunities for which its conditions hold. The
// zero Rule changes nothing; it stands for opportunities without a rule.
type Rule struct {
	// Number counts the rules from 1.
	Number int
	// Names are the conditions as people write them, If the same by ids.
	Names Names
	If    crm.Condition

	// Exclude says that nobody is mailed: neither reminders nor questionnaires.
	Exclude bool
	// Days are the steps, ascending and each once. Nil leaves them as they are,
	// and none at all are no reminders.
	Days []int
	// Templates is the name of a folder below templates.dir; empty for none.
	Templates string
	// From is the sender and ReplyTo where answers go; zero for the usual ones.
	From    address.Address
	ReplyTo address.Address
	// Questionnaire is the one for all types of activities, [None] for none, and
	// empty for the usual ones.
	Questionnaire string
	// Archive is when the opportunities are archived.
	Archive Archive
}

// None is the word for no questionnaire, and for no archiving.
const None = "none"

// Archive is the age at which opportunities are archived.
type Archive struct {
	// Set says that the rule has an age, Never that there is none.
	Set   bool
	Never bool
	Days  int
}

// Names are conditions by the names that Odoo shows. An empty list asks for nothing.
type Names struct {
	Team    []string
	Stage   []string
	Tag     []string
	Company []string
}

// List is a list of rules. Of those whose conditions hold, the first one counts.
type List []Rule

// For returns the rule that counts for an opportunity; the zero Rule if none does.
func (l List) For(o crm.Opportunity) Rule {
	for _, r := range l {
		if r.If.Holds(o) {
			return r
		}
	}
	return Rule{}
}

// Choice returns which opportunities are meant if those of some rules are. The zero
// Rule stands for those without a rule. It is false if none are.
func (l List) Choice(meant func(Rule) bool) (crm.Choice, bool) {
	others := meant(Rule{})
	some := others
	var branches crm.Choice
	for _, r := range l {
		branches = append(branches, crm.Branch{If: r.If, Meant: meant(r)})
		some = some || meant(r)
	}
	for len(branches) > 0 && branches[len(branches)-1].Meant == others {
		branches = branches[:len(branches)-1]
	}
	if !others {
		branches = append(branches, crm.Branch{})
	}
	return branches, some
}

// RemindsNobody tells whether clients get no reminders because of the rule.
func (r Rule) RemindsNobody() bool { return r.Exclude || r.Days != nil && len(r.Days) == 0 }

// AsksNothing tells whether clients get no questionnaires because of the rule.
func (r Rule) AsksNothing() bool { return r.Exclude || r.Questionnaire == None }

// Steps returns the days of reminders, given those of opportunities without a rule.
// They are the same if nobody is reminded.
func (r Rule) Steps(usual []int) []int {
	if len(r.Days) == 0 || r.Exclude {
		return usual
	}
	return r.Days
}

// Age returns the age of archiving, given that of opportunities without a rule. It is
// the same if they are never archived.
func (r Rule) Age(usual int) int {
	if !r.Archive.Set || r.Archive.Never {
		return usual
	}
	return r.Archive.Days
}

// SetsSender tells whether the rule says who writes or where answers go.
func (r Rule) SetsSender() bool { return !r.From.IsZero() || !r.ReplyTo.IsZero() }

// String names the rule for a person: rule 2 (team Export). It is empty for the zero
// Rule.
func (r Rule) String() string {
	if r.Number == 0 {
		return ""
	}
	var conditions []string
	for _, c := range r.conditions() {
		if len(*c.names) > 0 {
			conditions = append(conditions, c.field+" "+strings.Join(*c.names, " or "))
		}
	}
	if conditions == nil {
		conditions = []string{"all others"}
	}
	return fmt.Sprintf("rule %d (%s)", r.Number, strings.Join(conditions, ", "))
}

// condition is one of the conditions by name, with its field in the setting.
type condition struct {
	field string
	names *[]string
}

func (r *Rule) conditions() []condition {
	return []condition{{"team", &r.Names.Team}, {"stage", &r.Names.Stage}, {"tag", &r.Names.Tag}, {"company", &r.Names.Company}}
}

// TemplateSets returns the names of the folders with templates, each once.
func (l List) TemplateSets() []string {
	return distinct(l, func(r Rule) string { return r.Templates })
}

// Questionnaires returns the names of the questionnaires, each once.
func (l List) Questionnaires() []string {
	return distinct(l, func(r Rule) string {
		if r.Questionnaire == None {
			return ""
		}
		return r.Questionnaire
	})
}

func distinct(l List, name func(Rule) string) []string {
	var names []string
	for _, r := range l {
		if n := name(r); n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}
