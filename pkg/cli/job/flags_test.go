package job

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func TestFlagsNarrowARunDown(t *testing.T) {
	t.Parallel()
	kubernetes := console.Env{Environ: []string{"JOB_COMPLETION_INDEX=1", "CRM_TOOL_SHARDS=4"}}
	for name, c := range map[string]struct {
		flags Flags
		env   console.Env
		want  run.Selection
	}{
		"not at all": {},
		"to a number, and to some opportunities": {
			flags: Flags{Limit: 5, Only: []string{"42", " 7 "}}, want: run.Selection{Limit: 5, Only: []crm.OpportunityID{42, 7}},
		},
		"to a part":              {flags: Flags{Shard: "0/4"}, want: run.Selection{Shard: crm.Shard{Count: 4}}},
		"as Kubernetes says":     {env: kubernetes, want: run.Selection{Shard: crm.Shard{Index: 1, Count: 4}}},
		"as the flag says first": {flags: Flags{Shard: "2/3"}, env: kubernetes, want: run.Selection{Shard: crm.Shard{Index: 2, Count: 3}}},
	} {
		got, err := c.flags.selection(c.env)
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got, name)
	}
}

func TestFlagsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	lonely := console.Env{Environ: []string{"CRM_TOOL_SHARDS=4"}}
	for want, c := range map[string]struct {
		flags Flags
		env   console.Env
	}{
		"--limit -1: give a number above 0":                                               {flags: Flags{Limit: -1}},
		`"0" is not the id of an opportunity: give its number in Odoo`:                    {flags: Flags{Only: []string{"0"}}},
		`--shard "4/4": write I/N with 0 <= I < N, as in 0/4`:                             {flags: Flags{Shard: "4/4"}},
		`JOB_COMPLETION_INDEX/CRM_TOOL_SHARDS "/4": write I/N with 0 <= I < N, as in 0/4`: {env: lonely},
		`--as-of: date "today" is not written as YYYY-MM-DD`:                              {flags: Flags{AsOf: "today"}},
	} {
		_, err := c.flags.selection(c.env)
		require.EqualError(t, err, want)
	}
}

func TestARunAsOfADayPlansAtItsNoon(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	flags := Flags{AsOf: "2026-03-29"} // the day on which summer time begins
	got, err := flags.instant(now, paris)
	require.NoError(t, err)
	assert.Equal(t, time.Date(2026, 3, 29, 12, 0, 0, 0, paris), got)
	got, err = (&Flags{}).instant(now, paris)
	require.NoError(t, err)
	assert.Equal(t, now, got)
}

func TestWhatIsNotDoneForRealIsADryRun(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []bool{false, true, true, true}, []bool{
		(&Flags{Yes: true}).dry(), (&Flags{DryRun: true}).dry(), (&Flags{SaveMails: "x"}).dry(), (&Flags{AsOf: "2026-11-23"}).dry(),
	})
}
