//go:build !exhaustive && !odoo

package scenario_test

import (
	"testing"
	"time"
)

// How much the tests of load and of faults do: little, as they are run after
// every change.
const (
	concurrentDue = 40
	kills         = 4
	killedDue     = 120
	killWithin    = 500 * time.Millisecond
	loaded        = 500
	comparedDue   = 100
	partsDue      = 200
	onlineDue     = 100

	concurrentArchived = 60
	killedArchived     = 100
	archiveKills       = 4
)

// putOffEvery is how many calls of a run lie between those that are put off.
const putOffEvery = 17

// toldToStop are times after which a run on Odoo Online is told to stop: while it mails.
func toldToStop() []time.Duration { return []time.Duration{31*time.Second + 500*time.Millisecond} }

// spoiledShare is which part of the bad records are tried: every one of so many.
const spoiledShare = 61

// archiveVersions are the newest, and one of those that delete the activities
// of what is archived.
func archiveVersions(testing.TB) []int { return []int{16, 19} }

// namedOn is where every call has to name its database: with a session, with a header,
// and by JSON-2.
func namedOn() []variant {
	return []variant{{version: 16}, {version: newest, by: json2}, {version: newestRead, by: "xmlrpc"}}
}

// verbosities are the flags that change what is told: where something is wrong,
// those that tell the most.
func verbosities(s situation) []string {
	if s.name == fine {
		return []string{" -v --log-format json", " -q"}
	}
	return []string{" -v"}
}

// triedIn tells whether the command with a number is tried where something is
// wrong: each is tried in every fifth such situation.
func triedIn(situation, command int) bool { return (situation+command)%5 == 0 }

// The oldest Odoo differs most from the newest, and in archiving most of all.
// The other scripts, and the versions between, are left to the exhaustive tests.
func TestArchivingOnTheOldestOdoo(t *testing.T) {
	beside(t)
	for _, names := range []string{"archive-a*", "archive-due", "archive-undo"} {
		runScenarios(t, 16, names)
	}
}

// Over JSON-2 Odoo may read from a replica that is behind. The exhaustive tests run all
// scripts so.
func TestSomeScenariosByJSON2WithAReplicaThatIsBehind(t *testing.T) {
	beside(t)
	for _, names := range []string{"once", "archive-due", "feedback-score", "killed-before-c*"} {
		runScenariosOn(t, variant{version: newest, by: json2, behind: 3 * time.Second / haste}, names, nil)
	}
}
