package instance_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

func TestAnInstanceHasOneForm(t *testing.T) {
	t.Parallel()
	want := instance.Instance{URL: "https://odoo.example.com", Database: "production"}
	for _, url := range []string{
		"https://odoo.example.com", "https://odoo.example.com/", "https://ODOO.example.com//", "HTTPS://Odoo.Example.Com",
	} {
		assert.Equal(t, want, instance.New(url, "production"), url)
	}
	assert.Equal(t, instance.Instance{URL: "https://odoo.example.com/Erp", Database: "p"}, instance.New("https://odoo.example.com/Erp/", "p"),
		"the case of a path matters")
	assert.Equal(t, instance.Instance{URL: "%%", Database: "p"}, instance.New("%%", "p"))
}

func TestAnOdooIsKnownOnceItWasAdopted(t *testing.T) {
	t.Parallel()
	here := instance.New("https://odoo.example.com", "production")
	there := instance.New("https://odoo.example.com", "copy")
	adopted := func(list ...instance.Instance) func(*testing.T, *ledgertest.Backend) {
		return func(t *testing.T, o *ledgertest.Backend) {
			t.Helper()
			for _, i := range list {
				require.NoError(t, i.Adopt(t.Context(), &ledgertest.Process{Backend: o}, ledgertest.Noon))
			}
		}
	}
	without := func(key string) func(*testing.T, *ledgertest.Backend) {
		return func(t *testing.T, o *ledgertest.Backend) {
			t.Helper()
			adopted(here)(t, o)
			maps.DeleteFunc(o.Shared, func(k, _ string) bool { return k == key || key == "serves" && k != "first-run" })
		}
	}
	used := func(before func(*testing.T, *ledgertest.Backend)) func(*testing.T, *ledgertest.Backend) {
		return func(t *testing.T, o *ledgertest.Backend) {
			t.Helper()
			before(t, o)
			o.Open(1, 1, 7).AddClaims("a", 0, 1)
		}
	}
	nothing := func(*testing.T, *ledgertest.Backend) {}
	for _, c := range []struct {
		name  string
		state func(*testing.T, *ledgertest.Backend)
		known bool
		cause string
	}{
		{"a new one is not, and may be adopted", nothing, false, ""},
		{"an adopted one is", adopted(here), true, ""},
		{"one that was adopted after another is", adopted(there, here), true, ""},
		{"one that was adopted twice is", adopted(here, here), true, ""},
		{"a copy is not", adopted(there), false, "crm-tool serves this data under another address or database name; this looks like a copy"},
		{
			"one whose first run was removed is not", used(without("first-run")), false,
			"crm-tool wrote to this Odoo before, but its note about the first run is missing",
		},
		{"while its first run is being noted it may be adopted", without("first-run"), false, ""},
		{"one whose address was removed is not", without("serves"), false, "what crm-tool noted in Odoo about its first run is missing in part"},
		{
			"nor is another one whose first run was removed", func(t *testing.T, o *ledgertest.Backend) {
				adopted(there)(t, o)
				delete(o.Shared, "first-run")
			}, false, "what crm-tool noted in Odoo about its first run is missing in part",
		},
		{
			"one that has entries and no notes is not", used(nothing), false,
			"crm-tool wrote to this Odoo before, but its note about the first run is missing",
		},
		{
			"one whose first run is garbled is not", func(t *testing.T, o *ledgertest.Backend) { adopted(here)(t, o); o.Shared["first-run"] = "yes" }, false,
			"the attachment crm-tool/first-run in Odoo is damaged: invalid character 'y' looking for beginning of value",
		},
		{
			"one whose addresses are garbled is not", func(t *testing.T, o *ledgertest.Backend) { adopted(here)(t, o); o.Shared["serves/x"] = "{" }, false,
			"the attachment crm-tool/serves/x in Odoo is damaged: unexpected end of JSON input",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := ledgertest.NewBackend()
			c.state(t, o)
			known, err := here.Known(t.Context(), &ledgertest.Process{Backend: o}, maps.Clone(o.Shared))
			assert.Equal(t, c.known, known)
			if c.cause == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, "https://odoo.example.com (database production): "+c.cause)
			var instance *instance.Error
			require.ErrorAs(t, err, &instance)
			hint := "if the clients of this Odoo may get mail from here, run: crm-tool config adopt"
			if attachment, damaged := strings.CutPrefix(c.cause, "the attachment "); damaged {
				name, _, _ := strings.Cut(attachment, " ")
				hint = "delete the attachment " + name + " in Odoo, then run: crm-tool config adopt"
			}
			assert.Equal(t, hint, instance.Hint())
		})
	}
}

func TestAdoptingKeepsTheFirstRun(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend()
	p := &ledgertest.Process{Backend: o}
	here, there := instance.New("https://odoo.example.com", "production"), instance.New("https://new.example.com", "production")
	require.NoError(t, here.Adopt(t.Context(), p, ledgertest.Noon))
	require.NoError(t, there.Adopt(t.Context(), p, ledgertest.Noon.AddDate(1, 0, 0)))
	assert.JSONEq(t, `{"at": "2026-11-23T12:00:00Z"}`, o.Shared["first-run"])
	keys := slices.Sorted(maps.Keys(o.Shared))
	require.Len(t, keys, 3)
	var served []string
	for _, key := range keys[1:] {
		require.Regexp(t, "^serves/[0-9a-f]{16}$", key)
		served = append(served, o.Shared[key])
	}
	assert.ElementsMatch(t, []string{
		`{"url":"https://odoo.example.com","database":"production","since":"2026-11-23T12:00:00Z"}`,
		`{"url":"https://new.example.com","database":"production","since":"2027-11-23T12:00:00Z"}`,
	}, served)
	assert.Equal(t, "https://odoo.example.com", here.URL)
}

func TestTheFirstRunIsAWholeSecondAsOdoosTimesAre(t *testing.T) {
	t.Parallel()
	here := instance.New("https://odoo.example.com", "production")
	for name, c := range map[string]struct {
		shared map[string]string
		newest crm.EntryID
	}{
		"as it was noted":                {map[string]string{"first-run": `{"at": "2026-11-23T12:00:00.9Z", "message": 7}`}, 7},
		"when it is this one":            {nil, 0},
		"as an earlier version wrote it": {map[string]string{"first-run": `{"at": "2026-11-23T12:00:00Z"}`}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, newest, err := instance.FirstRun(here, c.shared, ledgertest.Noon.Add(300*time.Millisecond))
			require.NoError(t, err)
			assert.Equal(t, ledgertest.Noon, first)
			assert.Equal(t, c.newest, newest)
		})
	}
}

func TestTheFirstRunNotesTheNewestMessage(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 3, 7)
	o.AddClaims("a", 0, 1, 2)
	require.NoError(t, instance.New("https://odoo.example.com", "production").Begin(t.Context(), &ledgertest.Process{Backend: o}, ledgertest.Noon))
	assert.JSONEq(t, `{"at": "2026-11-23T12:00:00Z", "message": 2}`, o.Shared["first-run"])
}

func TestTheStateIsNotGuessed(t *testing.T) {
	t.Parallel()
	broken := errors.New("Odoo is not there")
	here := instance.New("https://odoo.example.com", "production")
	for _, call := range []string{"HasEntries", "Shared", "ShareOnce"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			o := ledgertest.NewBackend().Open(1, 1, 7)
			o.AddClaims("a", 0, 1)
			p := &ledgertest.Process{Backend: o, Before: func(name string) error {
				if name == call {
					return broken
				}
				return nil
			}}
			if call == "HasEntries" || call == "Shared" {
				known, err := here.Known(t.Context(), p, nil)
				require.ErrorIs(t, err, broken)
				assert.False(t, known)
			} else {
				require.ErrorIs(t, here.Adopt(t.Context(), p, ledgertest.Noon), broken)
			}
		})
	}
}

func TestRunsThatAreTheFirstAtTheSameMomentAllKnowTheOdoo(t *testing.T) {
	t.Parallel()
	here := instance.New("https://odoo.example.com", "production")
	// The other run is ahead: it adopts, and then writes its first entry.
	ahead := []func(context.Context, *ledgertest.Process) error{
		func(ctx context.Context, p *ledgertest.Process) error { return p.Share(ctx, serving(here), "{}") },
		func(ctx context.Context, p *ledgertest.Process) error { return here.Adopt(ctx, p, ledgertest.Noon) },
		func(_ context.Context, p *ledgertest.Process) error {
			p.Open(1, 1, 7).AddClaims("other", 0, 1)
			return nil
		},
	}
	for seen := range len(ahead) + 1 {
		o := ledgertest.NewBackend()
		other := &ledgertest.Process{Backend: o}
		for _, step := range ahead[:seen] {
			require.NoError(t, step(t.Context(), other))
		}
		state, err := other.Shared(t.Context())
		require.NoError(t, err)
		for _, step := range ahead[seen:] {
			require.NoError(t, step(t.Context(), other))
		}
		_, err = here.Known(t.Context(), &ledgertest.Process{Backend: o}, state)
		require.NoError(t, err, "the state was read when the other had done %d of its steps", seen)
	}
}

// serving is the key under which an instance is noted.
func serving(i instance.Instance) string {
	p := &ledgertest.Process{Backend: ledgertest.NewBackend()}
	_ = i.Adopt(context.Background(), p, ledgertest.Noon)
	for key := range p.Records.Shared {
		if key != "first-run" {
			return key
		}
	}
	return ""
}

func TestARunWorksAsTheUserWhoWasAdopted(t *testing.T) {
	t.Parallel()
	as := func(user crm.UserID) instance.Instance {
		i := instance.New("https://odoo.example.com", "production")
		i.User = user
		return i
	}
	o := ledgertest.NewBackend()
	p := &ledgertest.Process{Backend: o}
	known := func(user crm.UserID) error {
		_, err := as(user).Known(t.Context(), p, maps.Clone(o.Shared))
		return err
	}
	require.NoError(t, as(5).Begin(t.Context(), p, ledgertest.Noon))
	require.NoError(t, known(5))
	require.Error(t, as(6).Begin(t.Context(), p, ledgertest.Noon), "another host was faster")

	err := known(6)
	require.EqualError(t, err, "https://odoo.example.com (database production): "+
		"crm-tool works here as the user with the id 5, and this host logs in as the one with the id 6")
	var wrong *instance.Error
	require.ErrorAs(t, err, &wrong)
	assert.Contains(t, wrong.Hint(), "crm-tool config adopt")

	require.NoError(t, as(6).Adopt(t.Context(), p, ledgertest.Noon.Add(time.Hour)))
	require.NoError(t, known(6))
	require.ErrorContains(t, known(5), "who was replaced", "two hosts never write as different users")
	assert.JSONEq(t, `{"at": "2026-11-23T12:00:00Z", "user": 6, "former": [5]}`, o.Shared["first-run"])
	require.NoError(t, as(5).Adopt(t.Context(), p, ledgertest.Noon.Add(time.Hour)))
	assert.JSONEq(t, `{"at": "2026-11-23T12:00:00Z", "user": 5, "former": [6]}`, o.Shared["first-run"])
}
