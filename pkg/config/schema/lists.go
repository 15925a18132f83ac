package schema

import "github.com/crm-tool/crm-tool/pkg/rule"

// described returns a description followed by the form of what it is about.
func described(about string, form object) object {
	return append(object{{"description", about}}, form...)
}

// mapping is an item of a list. Each field of need must be there.
func mapping(fields object, need ...string) object {
	o := object{{"type", "object"}, {"additionalProperties", false}, {"properties", fields}}
	if len(need) > 0 {
		o = append(o, field{"required", need})
	}
	return o
}

// name is a text that is not empty, and has none of the signs with which lists are
// written in one line.
func name() object { return text(`^[^,=]*[^,=\s][^,=]*$`, "number", "boolean") }

// activityRule is an item of feedback.rules.
func activityRule() object {
	return mapping(object{
		{"activity_type", described("The name of a type of activities in Odoo, as in Meeting.", name())},
		{"questionnaire", described("The questionnaire that its clients get; none for none.", name())},
	}, "activity_type", "questionnaire")
}

// scoreTag is an item of feedback.tags.
func scoreTag() object {
	score := func() object { return append(text(wholeNumber, "integer"), bounds("0", "100")...) }
	return append(mapping(object{
		{"from", described("The least score that gets the tag.", score())},
		{"below", described("Scores from this one on do not get the tag.", score())},
		{"tag", described("The name of a tag in Odoo.", name())},
	}, "tag"), field{"anyOf", []object{{{"required", []string{"from"}}}, {{"required", []string{"below"}}}}})
}

// opportunityRule is an item of rules.
func opportunityRule() object {
	var fields object
	for _, f := range rule.Fields() {
		fields = append(fields, field{f.Name, described(f.Doc, fieldOf(f.Name))})
	}
	return mapping(fields)
}

// fieldOf describes the values of a field of a rule.
func fieldOf(field string) object {
	someone := text(someText, "number", "boolean")
	switch field {
	case "team", "stage", "tag", "company":
		return append(text(someText, "number", "boolean", "array"), object{{"items", someone}, {"minItems", 1}}...)
	case "days":
		return append(listOf(day(), `^\s*none\s*$|`+days, "integer"), bounds("0", "3650")...)
	case "archive_after":
		return append(text(`^\s*none\s*$|`+wholeNumber, "integer"), bounds("0", "3650")...)
	case "from", "reply_to":
		return text(`@`)
	case "exclude":
		return text(words("on", "off", "yes", "no", "true", "false"), "boolean")
	default: // templates, questionnaire
		return someone
	}
}
