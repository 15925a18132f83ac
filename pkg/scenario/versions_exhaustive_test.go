//go:build exhaustive && !odoo

package scenario_test

import "testing"

// The tool serves five versions, and the stand-in is each of them. TestScenarios
// runs as the newest that was seen.

func TestScenariosOnOdoo16(t *testing.T) {
	beside(t)
	runScenarios(t, 16, "*")
}

func TestScenariosOnOdoo17(t *testing.T) {
	beside(t)
	runScenarios(t, 17, "*")
}

func TestScenariosOnOdoo18(t *testing.T) {
	beside(t)
	runScenarios(t, 18, "*")
}

func TestScenariosOnOdoo20(t *testing.T) {
	beside(t)
	runScenarios(t, 20, "*")
}

func TestScenariosOnOdoo20ByJSON2(t *testing.T) {
	beside(t)
	runScenariosOn(t, variant{version: 20, by: json2}, "*", nil)
}
