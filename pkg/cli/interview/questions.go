package interview

import (
	"context"
	"crypto/x509"
	"errors"
	"path/filepath"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/config"
)

// confirm asks a question that is answered by yes or no.
func (i *interview) confirm(ctx context.Context, question string, enter bool) (bool, error) {
	yes, err := i.Confirm(ctx, question, enter)
	return yes, unanswered(ctx, err)
}

// unanswered says that the answers ended, as with Ctrl-D. A signal stays one.
func unanswered(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	return exit.Usagef("the questions were not answered to the end, and nothing is written: %w", err)
}

// setting asks for one setting until the answer makes sense. Enter takes what
// was answered before, or else usual.
func (i *interview) setting(ctx context.Context, name, question, usual string, amend func(string) string) error {
	if before := i.values[name]; before != "" {
		usual = before
	}
	if usual != "" {
		question += " [" + usual + "]"
	}
	for {
		answer, err := i.Ask(ctx, question+": ")
		if err != nil {
			return unanswered(ctx, err)
		}
		if answer == "" {
			answer = usual
		}
		if amend != nil {
			answer = amend(answer)
		}
		if done := i.accept(name, answer, false); done {
			return nil
		}
	}
}

// secret asks for a secret. There is none that Enter could stand for.
func (i *interview) secret(ctx context.Context, name, question string) error {
	for {
		answer, err := i.AskSecret(ctx, question+": ")
		if err != nil {
			return unanswered(ctx, err)
		}
		if done := i.accept(name, answer, false); done {
			return nil
		}
	}
}

// accept takes an answer if it can be right, and else says why not.
func (i *interview) accept(name, answer string, optional bool) bool {
	value, err := config.ParseValue(name, answer)
	switch {
	case err != nil:
		i.Say("  %s\n", err)
		return false
	case value == "" && !optional:
		i.Say("  it cannot work without this\n")
		return false
	case value == "":
		delete(i.values, name)
	default:
		i.values[name] = value
	}
	return true
}

// until asks and tries until what was answered works, or the user keeps it as
// it is; then works is false.
func (i *interview) until(ctx context.Context, part string, ask func(context.Context) error, try func(context.Context) (string, error)) (works bool, err error) {
	for {
		if err := ask(ctx); err != nil {
			return false, err
		}
		i.Say("  trying ... ")
		verdict, err := try(ctx)
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
		again, err := i.confirm(ctx, "Correct it? (n keeps it as it is)", true)
		if err != nil {
			return false, err
		}
		if !again {
			i.untried = append(i.untried, part)
			return false, nil
		}
	}
}

// lacksAuthority tells whether a connection failed because nobody that is
// trusted has signed the server's certificate.
func lacksAuthority(err error) bool {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	return unknown
}

// authorities asks for a file of certificate authorities, once the connection
// failed for lack of one; Enter is for none.
func (i *interview) authorities(ctx context.Context, name string) error {
	answer, err := i.Ask(ctx, "A PEM file with the authority that signed its certificate, if that is one of your own: ")
	if err != nil {
		return unanswered(ctx, err)
	}
	if answer != "" {
		if path, err := filepath.Abs(answer); err == nil {
			answer = path // The file counts relative paths from its own folder.
		}
	}
	i.accept(name, answer, true)
	return nil
}
