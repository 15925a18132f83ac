// Package rotation has the command that puts another API key in the place of the one with
// which this host calls Odoo, before that one ends.
//
// The old key is revoked last. Whenever the command dies, the key that runs find works,
// and the command goes on where it died if it is run again.
package rotation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/history"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/keys"
	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
	"github.com/crm-tool/crm-tool/pkg/plaintext"
	"github.com/crm-tool/crm-tool/pkg/state"
)

type flags struct{ dryRun, yes bool }

// NewCmd returns the command config rotate-key.
func NewCmd(h *job.Host) *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{
		Use:  "rotate-key",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return runRotateKey(cmd.Context(), h, f) },
	}
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would be done, and change nothing")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask whether to go on if other hosts may use the same key")
	return cmd
}

func runRotateKey(ctx context.Context, h *job.Host, f *flags) (err error) {
	defer exit.RecoverPanic(&err)
	s, err := h.OpenUnwarned(ctx, config.NeedOdoo)
	if err != nil {
		return err
	}
	defer s.Close()
	if !keys.Looks(s.Config.Odoo.Password.Reveal()) {
		return exit.WithHint(exit.Usagef("this host logs in to Odoo with a password, not with an API key: there is no key to rotate"),
			"a password does not end; change it in Odoo, and then here: crm-tool config set odoo.password < FILE")
	}
	where, err := placeOf(h, s.Settings)
	if err == nil {
		err = s.Keys().Check(ctx)
	}
	if err != nil {
		return byHand(h, s, err)
	}
	end, err := s.Keys().Longest(ctx)
	if err != nil {
		return fmt.Errorf("ask how long a key may last: %w", err)
	}
	made := odooKeys{host: h, connection: s.Config.Odoo, session: s, name: keys.Name(job.Hostname(), s.Gateway.Now()), end: end}
	others, err := otherHosts(ctx, s)
	if err != nil {
		return err
	}
	if f.dryRun {
		if begun, err := where.Pending(); err != nil || begun.new != "" {
			return errors.Join(err, h.Tell("would go on with the rotation that began earlier%s", warning(others)))
		}
		return h.Tell("would make the API key %q, which %s, write it to %s, and revoke the one that is there%s",
			made.name, ending(end, s.Zone), where.path, warning(others))
	}
	if goOn, err := agreed(ctx, h, others, f.yes); err != nil || !goOn {
		return err
	}
	return rotate(ctx, h, s, made, where)
}

// rotate changes the key while no run is under way on this host.
func rotate(ctx context.Context, h *job.Host, s *job.Session, made odooKeys, where place) error {
	work := state.Job{Command: "config rotate-key", Instance: s.Instance.URL + " " + s.Instance.Database}
	noRun := func() error { return nil }
	if dir := s.Config.StateDir; dir != "" {
		release, err := state.Lock(dir, work, h.Clock())
		if err != nil {
			return err
		}
		defer release()
		noRun = func() error { return state.Running(dir, work) }
		if err := noRun(); err != nil {
			return err
		}
	}
	r := rotation{keys: made, place: where, quiet: func(ctx context.Context) error {
		return errors.Join(wait(ctx, h, untilLocked), noRun())
	}}
	resumed, err := r.run(ctx)
	if err != nil {
		return err
	}
	return told(ctx, h, s, made, where, resumed)
}

// untilLocked is how long a run takes at most, as a rule, from reading its key to taking its
// lock. The old key works until then.
const untilLocked = 3 * time.Second

func wait(ctx context.Context, h *job.Host, d time.Duration) error {
	sleep := h.Sleep
	if sleep == nil {
		sleep = pace.Sleep
	}
	sleep(ctx, d)
	return context.Cause(ctx)
}

// told says what was done, by what Odoo tells now.
func told(ctx context.Context, h *job.Host, s *job.Session, made odooKeys, where place, resumed bool) error {
	key, err := where.Current()
	if err != nil {
		return err
	}
	now, err := made.login(ctx, key)
	if err != nil {
		return fmt.Errorf("log in with the new key: %w", err)
	}
	defer now.Close()
	own := slices.DeleteFunc(now.Login.Keys, func(k keys.Key) bool { return !k.MadeOn(job.Hostname()) })
	if len(own) == 0 {
		return h.Tell("%s has a new API key; the old one is revoked", where.path)
	}
	newest := own[len(own)-1]
	text := "%s has the new API key %q, which %s; the old one is revoked"
	if resumed {
		text = "the rotation that began earlier is done: " + text
	}
	if err := h.Tell(text, where.path, newest.Name, ending(newest.End, s.Zone)); err != nil {
		return err
	}
	for _, k := range own[:len(own)-1] {
		h.Say("the API key %q, which %s, was made on this host and is not in use here: delete it in Odoo unless another host uses it\n",
			k.Name, ending(k.End, s.Zone))
	}
	return nil
}

// ending says when a key ends.
func ending(end time.Time, zone *time.Location) string {
	if end.IsZero() {
		return "does not end"
	}
	return "ends on " + end.In(zone).Format("2006-01-02 15:04 MST")
}

// lately is how old the runs are by which other hosts are known.
const (
	lately   = 30 * 24 * time.Hour
	lastRuns = 200
	// hostMost is how many characters of a host's name are shown.
	hostMost = 64
)

// otherHosts returns the hosts that had a run in this Odoo lately. Nobody knows which key
// they use.
func otherHosts(ctx context.Context, s *job.Session) ([]string, error) {
	runs, err := history.Runs(ctx, s.Gateway, lastRuns)
	if err != nil {
		return nil, fmt.Errorf("look for other hosts: %w", err)
	}
	var hosts []string
	for i := range runs {
		host := plaintext.OneLine(runs[i].Host, hostMost) // Odoo keeps it, where others may write.
		if host != "" && host != job.Hostname() && s.Gateway.Now().Sub(runs[i].Head.Started) < lately && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return hosts, nil
}

// warning says what happens to other hosts.
func warning(hosts []string) string {
	const named = 5
	if len(hosts) == 0 {
		return ""
	}
	list := strings.Join(hosts[:min(named, len(hosts))], ", ")
	if len(hosts) > named {
		list += fmt.Sprintf(" and %d more", len(hosts)-named)
	}
	return "\ncrm-tool also ran on " + list + " lately: a host that uses the same key is refused by Odoo until it gets the new one"
}

// agreed asks whether to go on if other hosts may use the same key.
func agreed(ctx context.Context, h *job.Host, hosts []string, yes bool) (bool, error) {
	if len(hosts) == 0 {
		return true, nil
	}
	h.Note("%s\n", strings.TrimPrefix(warning(hosts), "\n"))
	switch {
	case yes:
		return true, nil
	case !h.AtTerminal():
		return false, exit.Usagef("other hosts may use the same key, and standard input is no terminal to ask at: give --yes to go on")
	}
	return h.Confirm(ctx, "Go on?", false, nil)
}

// byHand tells how a person makes another key, and returns why crm-tool does not.
func byHand(h *job.Host, s *job.Session, why error) error {
	refusal, notAllowed := errors.AsType[*keys.NotAllowedError](why)
	elsewhere, isElsewhere := errors.AsType[*elsewhereError](why)
	if !notAllowed && !isElsewhere {
		return why
	}
	store := "store it on this host: crm-tool config set odoo.password < FILE"
	if isElsewhere {
		store = fmt.Sprintf("put it where %s gets it from (%s)", elsewhere.origin.Key.Name, elsewhere.origin.Source)
	}
	if err := h.Print("%s", steps(s, store)); err != nil {
		return err
	}
	kind, hint := odoo.Misconfigured, "follow the steps above"
	if notAllowed && refusal.Disabled {
		kind = odoo.AccessDenied
		hint += ", or let an administrator set the system parameter " + keys.Parameter + " to True (Settings, Technical, in developer mode) and run this again"
	}
	return &odoo.Error{Kind: kind, Message: why.Error(), Err: why, Cure: hint}
}

// steps says what to click, as this version of Odoo names it.
func steps(s *job.Session, store string) string {
	const (
		tabSince  = 19
		endsSince = keys.EndSince
	)
	menu, button := "Preferences or My Profile, then the tab Account Security", "New API Key"
	if s.Login.Version.Major >= tabSince {
		menu, button = "My Preferences, then the tab Security", "Add API Key"
	}
	duration := ""
	if s.Login.Version.Major >= endsSince {
		duration = " and the longest duration"
	}
	var b strings.Builder
	b.WriteString("To replace the API key by hand:\n")
	for i, step := range []string{
		fmt.Sprintf("log in to %s as %s", s.Instance.URL, s.Login.Name),
		"click the picture at the top right, " + menu,
		fmt.Sprintf("press %s, and give the key the name %q%s", button, keys.Name(job.Hostname(), s.Gateway.Now()), duration),
		store,
		"try it: crm-tool config check",
		"delete the old key in the same tab",
	} {
		fmt.Fprintf(&b, "%3d. %s\n", i+1, step)
	}
	return b.String()
}
