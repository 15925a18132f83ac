package rotation

import (
	"context"
	"errors"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// issuer makes API keys and takes them away.
type issuer interface {
	// Generate makes a key by means of one that works.
	Generate(ctx context.Context, by string) (string, error)
	// Works logs in with a key.
	Works(ctx context.Context, key string) (bool, error)
	// Revoke deletes a key, by means of one that works. If the key is gone already, there
	// is nothing to do.
	Revoke(ctx context.Context, by, key string) error
}

// store is where this host keeps its key, with a file beside it for those that are about
// to change.
type store interface {
	// Current returns the key with which runs call Odoo.
	Current() (string, error)
	// Replace puts another key in its place, in one step.
	Replace(key string) error
	// Pending returns what the file beside it holds; zero if there is none.
	Pending() (pair, error)
	SavePending(p pair) error
	DropPending() error
}

// pair is the key that is on its way out, and the one that takes its place. New is empty
// as long as there is none.
type pair struct{ old, new string }

// A rotation puts another key in the place of the one that runs use.
//
// Whenever it dies, the key in its place works, and each key that a call told of is in the
// file beside it, so that the next rotation goes on there. Only if Odoo's answer to
// Generate is lost there is a key that nobody knows.
type rotation struct {
	keys  issuer
	place store
	// quiet waits until no run uses the old key, or says that one does.
	quiet func(ctx context.Context) error
}

// errKeyRefused says that Odoo does not take the key that it made.
var errKeyRefused = &odoo.Error{Kind: odoo.LoginRefused, Message: "Odoo refuses the API key that it has just made"}

// run returns whether it went on with what an earlier rotation began.
func (r rotation) run(ctx context.Context) (resumed bool, err error) {
	current, err := r.place.Current()
	if err != nil {
		return false, err
	}
	p, err := r.resume(ctx, current)
	if err != nil {
		return false, err
	}
	resumed = p.new != ""
	if !resumed {
		if p, err = r.begin(ctx, current); err != nil {
			return false, err
		}
	}
	if current != p.new {
		if err := r.place.Replace(p.new); err != nil {
			return resumed, err
		}
	}
	return resumed, r.finish(ctx, p)
}

// resume returns the keys of an earlier rotation that did not end; zero if there is none
// to go on with. If somebody put another key in place meanwhile, theirs counts.
func (r rotation) resume(ctx context.Context, current string) (pair, error) {
	p, err := r.place.Pending()
	if err != nil || p.new == "" {
		return pair{}, err
	}
	if current != p.old && current != p.new {
		return pair{}, r.place.DropPending()
	}
	works, err := r.keys.Works(ctx, p.new)
	if err != nil || works {
		return p, err
	}
	return pair{}, r.place.DropPending()
}

// begin makes a key, notes it and tries it. Before, it sees whether the key can be written
// where it belongs.
func (r rotation) begin(ctx context.Context, current string) (pair, error) {
	p := pair{old: current}
	if err := errors.Join(r.place.SavePending(p), r.place.Replace(current)); err != nil {
		return pair{}, errors.Join(err, r.place.DropPending())
	}
	made, err := r.keys.Generate(ctx, current)
	if err != nil {
		return pair{}, errors.Join(err, r.place.DropPending())
	}
	p.new = made
	if err := r.place.SavePending(p); err != nil {
		return pair{}, errors.Join(err, r.keys.Revoke(ctx, current, made))
	}
	works, err := r.keys.Works(ctx, made)
	if err != nil {
		return pair{}, err
	}
	if !works {
		return pair{}, errors.Join(errKeyRefused, r.keys.Revoke(ctx, current, made), r.place.DropPending())
	}
	return p, nil
}

// finish revokes the old key when nothing uses it any more.
func (r rotation) finish(ctx context.Context, p pair) error {
	current, err := r.place.Current()
	if err == nil && current != p.new {
		err = fmt.Errorf("the new one was written, and another one is read: %w", exit.ErrIneffective)
	}
	if err == nil {
		err = r.quiet(ctx)
	}
	if err == nil {
		err = r.keys.Revoke(ctx, p.new, p.old)
	}
	if err != nil {
		return &unfinishedError{err}
	}
	return r.place.DropPending()
}

// unfinishedError says that the new key is in place, and the old one works still.
type unfinishedError struct{ error }

func (e *unfinishedError) Error() string {
	return "the new API key is in place, but the old one is not revoked yet: " + e.error.Error()
}

func (e *unfinishedError) Unwrap() error { return e.error }

// Hint returns advice.
func (*unfinishedError) Hint() string {
	return "run crm-tool config rotate-key again, which revokes it"
}
