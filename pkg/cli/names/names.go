// Package names turns names into ids: those of stages, tags, activity types and
// fields that settings hold, and those of opportunities that people type.
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
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// Odoo is where names are read from.
type Odoo interface {
	// Names returns all records of a model with their names, in English and in
	// the language.
	Names(ctx context.Context, model, language string) ([]gateway.Named, error)
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
}

// kind is what has names, as people call it.
type kind string

const (
	stage        kind = "stage"
	tag          kind = "tag"
	activityType kind = "activity type"
)

// model is Odoo's name of the kind.
func (k kind) model() string {
	return map[kind]string{stage: "crm.stage", tag: "crm.tag", activityType: "mail.activity.type"}[k]
}

// lookup resolves the names that a few settings hold. It reads each kind once,
// when it is first needed.
type lookup struct {
	Resolver
	known map[kind][]gateway.Named
	// unknown are the names that Odoo does not have.
	unknown []config.Problem
}

func (r Resolver) lookup() *lookup {
	return &lookup{Resolver: r, known: map[kind][]gateway.Named{}}
}

// find returns what has the name: there can be several, as the stages of several
// teams. The name stands at the end of a value of the setting.
func (l *lookup) find(ctx context.Context, key, value string, k kind, name string) (found []gateway.Named, err error) {
	if l.known[k] == nil {
		if l.known[k], err = l.Odoo.Names(ctx, k.model(), l.Language); err != nil {
			return nil, fmt.Errorf("read the names of %ss: %w", k, err)
		}
	}
	if found = called(l.known[k], name); len(found) == 0 {
		l.unknown = append(l.unknown, unknown(key, value, k, name, l.known[k]))
	}
	return found, nil
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
