package scenario_test

import "strings"

func ruleCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"team": makeTeam,
	}
}

// makeTeam makes a sales team, or gives it an opportunity with on.
func makeTeam(s *script, args []string) {
	if name, given := strings.CutPrefix(args[len(args)-1], "on="); given && len(args) == 2 {
		s.write(leadModel, []int64{s.lead(name)}, map[string]any{"team_id": s.one("crm.team", "name", args[0])})
		return
	}
	s.named("crm.team", args)
}
