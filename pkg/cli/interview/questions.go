package interview

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"path/filepath"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/config"
)

// confirm asks a question; Enter alone is what enter says. Whoever types a right
// answer for one of the keys instead is not asked for it again.
func (i *interview) confirm(ctx context.Context, question string, enter bool, keys ...string) (yes, typed bool, err error) {
	yes, err = i.Confirm(ctx, question, enter, func(answer string) bool {
		key := meant(keys, answer)
		if typed = key != "" && len(answer) > 1; typed {
			i.Say("  taken as %s\n", key)
			i.typed[key] = answer
		}
		return typed
	})
	return yes, typed, unanswered(ctx, err)
}

// unanswered says that the answers ended, as with Ctrl-D. A signal stays a signal.
func unanswered(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	return exit.Usagef("the questions were not answered to the end, and nothing is written: %w", err)
}

// question asks for one setting.
type question struct {
	key, text string
	// usual is the answer when Enter is pressed and none was given before.
	usual string
	// secret says that the answer is not shown, and Enter alone is no answer.
	secret bool
	// none says that none is an answer, which unsets the setting.
	none bool
	// amend changes an answer before it is checked; nil for no change.
	amend func(string) string
}

// ask asks each question until the answer makes sense. Enter takes the earlier
// answer, or else the usual one. What was typed before the question is taken
// without asking.
func (i *interview) ask(ctx context.Context, questions ...question) error {
	for _, q := range questions {
		usual, put := cmp.Or(i.values[q.key], q.usual), i.Ask
		if q.secret {
			usual, put = "", i.AskSecret
		}
		if usual != "" {
			q.text += " [" + usual + "]"
		}
		for accepted := false; !accepted; {
			answer, typed := i.typed[q.key]
			if delete(i.typed, q.key); !typed {
				var err error
				if answer, err = put(ctx, q.text+": "); err != nil {
					return unanswered(ctx, err)
				}
			}
			accepted = i.answered(q, cmp.Or(answer, usual))
		}
	}
	return nil
}

// answered takes the answer to a question, or says why it cannot.
func (i *interview) answered(q question, answer string) bool {
	if q.none && answer == none {
		delete(i.values, q.key)
		return true
	}
	if q.amend != nil {
		answer = q.amend(answer)
	}
	return i.accept(q.key, answer)
}

// accept takes an answer that can be right, or says why it cannot.
func (i *interview) accept(key, answer string) bool {
	value, err := config.ParseValue(key, answer)
	switch {
	case err != nil:
		i.Say("  %s\n", err)
	case value == "":
		i.Say("  it cannot work without this\n")
	default:
		i.values[key] = value
		return true
	}
	return false
}

// step asks for a part of the settings and tries it.
type step struct {
	part string
	ask  func(context.Context) error
	// keys are the settings that may be corrected where it is only asked whether
	// to.
	keys []string
	try  func(context.Context) (verdict string, err error)
	// caFile is the setting with the authorities to trust; empty for none.
	caFile string
}

// take asks and tries until the answers work, or the user keeps them as they
// are: then works is false. When an earlier step did not work, it only asks.
func (i *interview) take(ctx context.Context, s step, earlier bool) (works bool, err error) {
	for asking := true; ; {
		if asking {
			if err := s.ask(ctx); err != nil || !earlier {
				return false, err
			}
		}
		i.Say("  trying ... ")
		verdict, failure := s.try(ctx)
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if failure == nil {
			i.Say("%s\n", verdict)
			return true, nil
		}
		i.Say("that does not work:\n  %s\n", failure)
		for _, hint := range exit.Hints(failure) {
			i.Say("  hint: %s\n", hint)
		}
		given, err := i.authorities(ctx, s.caFile, failure)
		if err != nil {
			return false, err
		}
		if asking = !given; given {
			continue
		}
		yes, typed, err := i.confirm(ctx, "Correct it? (n keeps it as it is)", true, s.keys...)
		if err != nil {
			return false, err
		}
		if !yes && !typed {
			i.untried = append(i.untried, s.part)
			return false, nil
		}
	}
}

// meant returns which of the settings an answer is for: a number or a choice, if
// it is one, else the first one.
func meant(keys []string, answer string) string {
	for _, name := range keys {
		key, _ := config.Lookup(name)
		_, err := config.ParseValue(name, answer)
		if err == nil && (key.Kind == config.Number || key.Kind == config.Choice) {
			return name
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return keys[0]
}

// authorities asks for a file with certificate authorities, if the connection
// failed for lack of one, or the file that was given is of no use. Enter is for
// none.
func (i *interview) authorities(ctx context.Context, name string, failure error) (given bool, err error) {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](failure)
	if name == "" || !unknown && i.values[name] == "" {
		return false, nil
	}
	answer, err := i.Ask(ctx, "A PEM file with the authority that signed its certificate, if that is one of your own: ")
	if err != nil {
		return false, unanswered(ctx, err)
	}
	if answer == "" {
		delete(i.values, name)
		return false, nil
	}
	if path, err := filepath.Abs(answer); err == nil {
		answer = path // The file counts relative paths from its own folder.
	}
	return i.accept(name, answer), nil
}
