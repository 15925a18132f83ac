// Package names turns names into ids: those of teams, stages, tags, companies,
// activity types and fields that settings hold, and those of opportunities that
// people type.
//
// Names are compared without regard to case, in English and in the language of
// the integration user. A name in a setting that Odoo does not have is a problem
// of the configuration, with the setting's place and the nearest name.
package names

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// Odoo is where names are read from.
type Odoo interface {
	// Names returns all records of a model with their names in a language,
	// archived ones included if they are wanted.
	Names(ctx context.Context, model, language string, archived bool) ([]gateway.Named, error)
	// LeadFields returns the fields of opportunities by their technical names.
	LeadFields(ctx context.Context) (map[string]gateway.Field, error)
	// OpportunitiesLike returns at most limit opportunities, archived ones
	// included, with the text in their names.
	OpportunitiesLike(ctx context.Context, text string, limit int) ([]gateway.Named, error)
}

// Resolver looks names up.
type Resolver struct {
	Odoo Odoo
	// Language is the integration user's.
	Language string
	// Settings say where a setting comes from.
	Settings *config.Settings
	// Company is the integration user's.
	Company crm.CompanyID
	// Known are the names that were read before, if somebody keeps them.
	Known Known
}

// Known are names that were read.
type Known map[read][]gateway.Named

// read is what was read: the names of a kind in a language.
type read struct {
	kind     kind
	language string
}

// english is the language that every Odoo has.
const english = "en_US"

// kind is what has names, as people call it.
type kind string

const (
	team         kind = "team"
	stage        kind = "stage"
	tag          kind = "tag"
	company      kind = "company"
	activityType kind = "activity type"
)

// model is Odoo's name of the kind.
func (k kind) model() string {
	return map[kind]string{
		team: "crm.team", stage: "crm.stage", tag: "crm.tag", company: "res.company", activityType: "mail.activity.type",
	}[k]
}

// plural is what several are called.
func (k kind) plural() string {
	if k == company {
		return "companies"
	}
	return string(k) + "s"
}

// archived tells whether names count that belong to what was archived: opportunities
// stay with a team or company.
func (k kind) archived() bool { return k == team || k == company }

// lookup resolves the names that a few settings hold. It reads each kind once,
// when it is first needed.
type lookup struct {
	Resolver
	// unknown are the names that Odoo does not have.
	unknown []config.Problem
}

func (r Resolver) lookup() *lookup {
	if r.Known == nil {
		r.Known = Known{}
	}
	return &lookup{Resolver: r}
}

// languages are those in which names are compared, the user's first.
func (l *lookup) languages() []string {
	return slices.Compact([]string{cmp.Or(l.Language, english), english})
}

// names returns the names of a kind in a language.
func (l *lookup) names(ctx context.Context, k kind, language string) ([]gateway.Named, error) {
	of := read{k, language}
	if list, known := l.Known[of]; known {
		return list, nil
	}
	list, err := l.Odoo.Names(ctx, k.model(), language, k.archived())
	if err != nil {
		return nil, fmt.Errorf("read the names of %s: %w", k.plural(), err)
	}
	l.Known[of] = list
	return list, nil
}

// find returns what has the name: there can be several, as the stages of several
// teams. The name stands at the end of a value of the setting.
func (l *lookup) find(ctx context.Context, key, value string, k kind, name string) ([]gateway.Named, error) {
	var all []gateway.Named
	for _, language := range l.languages() {
		list, err := l.names(ctx, k, language)
		if err != nil {
			return nil, err
		}
		for _, n := range list {
			if !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	found := called(all, name)
	if len(found) == 0 {
		l.unknown = append(l.unknown, unknown(key, value, k, name, all))
	}
	return found, nil
}

// findFirst is find in the user's language and, only if it has no such name, in
// English, which saves a call.
func (l *lookup) findFirst(ctx context.Context, key, value string, k kind, name string) ([]gateway.Named, error) {
	list, err := l.names(ctx, k, l.languages()[0])
	if err != nil {
		return nil, err
	}
	if found := called(list, name); len(found) > 0 {
		return found, nil
	}
	return l.find(ctx, key, value, k, name)
}

func called(list []gateway.Named, name string) []gateway.Named {
	var found []gateway.Named
	for _, n := range list {
		if strings.EqualFold(strings.TrimSpace(n.Name), strings.TrimSpace(name)) {
			found = append(found, n)
		}
	}
	return found
}

func ids[ID ~int64](found []gateway.Named) []ID {
	var list []ID
	for _, n := range found {
		list = append(list, ID(n.ID))
	}
	return list
}

// unknown returns the problem of a name that is not in the list. It names the
// nearest one, or else some that there are.
func unknown(key, value string, k kind, name string, list []gateway.Named) config.Problem {
	var names []string
	for _, n := range list {
		names = append(names, n.Name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	problem := config.Problem{
		Key: key, Value: value, Cause: "Odoo has no " + string(k) + " of this name", Nearest: spelling.Nearest(name, names),
	}
	const some = 10
	switch {
	case problem.Nearest != "":
		problem.Nearest = strings.TrimSuffix(value, name) + problem.Nearest
	case len(names) > some:
		problem.Cause += "; it has " + strings.Join(names[:some], ", ") + " and others"
	default:
		problem.Cause += "; it has " + cmp.Or(strings.Join(names, ", "), "none at all")
	}
	return problem
}

// err returns the problems with the places of their settings, or nil.
func (l *lookup) err() error {
	if len(l.unknown) == 0 {
		return nil
	}
	for i, p := range l.unknown {
		if value, err := l.Settings.Value(p.Key); err == nil {
			l.unknown[i].Place = value.Source.String()
		}
	}
	return &config.ProblemsError{Problems: l.unknown}
}
