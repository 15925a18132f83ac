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

func (i *interview) confirm(ctx context.Context, question string, enter bool) (bool, error) {
	yes, err := i.Confirm(ctx, question, enter)
	return yes, unanswered(ctx, err)
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
	// amend changes an answer before it is checked; nil for no change.
	amend func(string) string
}

// ask asks each question until the answer makes sense. Enter takes the earlier
// answer, or else the usual one.
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
			answer, err := put(ctx, q.text+": ")
			if err != nil {
				return unanswered(ctx, err)
			}
			if answer = cmp.Or(answer, usual); q.amend != nil {
				answer = q.amend(answer)
			}
			accepted = i.accept(q.key, answer)
		}
	}
	return nil
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
	try  func(context.Context) (verdict string, err error)
	// caFile is the setting with the authorities to trust; empty for none.
	caFile string
}

// take asks and tries until the answers work, or the user keeps them as they
// are: then works is false. When an earlier step did not work, it only asks.
func (i *interview) take(ctx context.Context, s step, earlier bool) (works bool, err error) {
	untrusted := false
	for {
		if err = s.ask(ctx); err == nil && untrusted {
			err = i.authorities(ctx, s.caFile)
		}
		if err != nil || !earlier {
			return false, err
		}
		i.Say("  trying ... ")
		verdict, err := s.try(ctx)
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if err == nil {
			i.Say("%s\n", verdict)
			return true, nil
		}
		i.Say("that does not work:\n  %s\n", err)
		for _, hint := range exit.Hints(err) {
			i.Say("  hint: %s\n", hint)
		}
		if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
			untrusted = s.caFile != ""
		}
		again, err := i.confirm(ctx, "Correct it? (n keeps it as it is)", true)
		if err != nil {
			return false, err
		}
		if !again {
			i.untried = append(i.untried, s.part)
			return false, nil
		}
	}
}

// authorities asks for a file with certificate authorities, when the connection
// failed for lack of one. Enter is for none.
func (i *interview) authorities(ctx context.Context, name string) error {
	answer, err := i.Ask(ctx, "A PEM file with the authority that signed its certificate, if that is one of your own: ")
	if err != nil {
		return unanswered(ctx, err)
	}
	if answer == "" {
		delete(i.values, name)
		return nil
	}
	if path, err := filepath.Abs(answer); err == nil {
		answer = path // The file counts relative paths from its own folder.
	}
	i.accept(name, answer)
	return nil
}
