//go:build exhaustive && !odoo

package scenario_test

import (
	"testing"
	"time"
)

// How much the tests of load and of faults do.
const (
	concurrentDue = 80
	kills         = 4
	killedDue     = 600
	killWithin    = 500 * time.Millisecond
	loaded        = 1000
	comparedDue   = 1000
	partsDue      = 4000
	onlineDue     = 1000

	concurrentArchived = 120
	killedArchived     = 300
	archiveKills       = 8
)

// putOffEvery says that each call of a run is put off once.
const putOffEvery = 1

// toldToStop are times after which a run on Odoo Online is told to stop. Before, it does
// not know yet where its history goes.
func toldToStop() []time.Duration {
	var all []time.Duration
	for after := 16 * time.Second; after < 37*time.Second; after += 700 * time.Millisecond {
		all = append(all, after)
	}
	return all
}

// spoiledShare is which part of the bad records are tried: every third.
const spoiledShare = 3

// archiveVersions are those on which archiving differs: up to 18 it deletes
// activities, and from 20 on what is deleted is no longer ignored.
func archiveVersions(testing.TB) []int { return []int{16, 18, 19, 20} }

// namedOn is where every call has to name its database: each version, by each protocol
// that it has.
func namedOn() []variant {
	return []variant{
		{version: 16},
		{version: 17},
		{version: 18},
		{version: newest, by: "xmlrpc"},
		{version: newest, by: json2},
		{version: newestRead, by: "xmlrpc"},
		{version: newestRead, by: json2},
	}
}

// verbosities are the flags that change what is told. Where something is
// wrong, those that tell the most are enough.
func verbosities(s situation) []string {
	most := []string{" -v", " -v --log-format json"}
	if s.name == fine {
		return append(most, "", " -q")
	}
	return most
}

// triedIn tells that every command is tried wherever something is wrong.
func triedIn(int, int) bool { return true }

// What the tool does by JSON-2 is what it does by XML-RPC.
func TestScenariosByJSON2(t *testing.T) {
	runScenariosOn(t, variant{version: newest, by: json2}, "*", nil)
}

// JSON-2 may read from a replica of the database that is behind. The tool waits a
// twentieth as long as elsewhere, so this is as 3 seconds.
func TestScenariosByJSON2WithAReplicaThatIsBehind(t *testing.T) {
	runScenariosOn(t, variant{version: newest, by: json2, behind: 3 * time.Second / haste}, "*", nil)
}
