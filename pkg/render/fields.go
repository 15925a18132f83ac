package render

import (
	"reflect"
	"slices"
)

// Field is a field or a function of templates, as a template's author writes
// it.
type Field struct {
	Name        string
	Description string
	// Mail is set when only some mails have it: reminder, or feedback, which
	// includes feedback-reminder.
	Mail string
}

// Fields lists the fields that templates may use: those of all mails, then
// those of reminders, then those of feedback.
func Fields() []Field {
	reminder := fieldsOf(reflect.TypeFor[ReminderData](), ".")
	feedback := fieldsOf(reflect.TypeFor[FeedbackData](), ".")
	var out []Field
	for _, f := range reminder {
		if slices.Contains(feedback, f) {
			out = append(out, f)
		}
	}
	common := out
	for _, own := range []struct {
		mail   mailName
		fields []Field
	}{{reminderMail, reminder}, {feedbackMail, feedback}} {
		for _, f := range own.fields {
			if !slices.Contains(common, f) {
				f.Mail = string(own.mail)
				out = append(out, f)
			}
		}
	}
	return out
}

func fieldsOf(t reflect.Type, prefix string) []Field {
	var out []Field
	for f := range t.Fields() {
		if doc := f.Tag.Get("doc"); doc != "" {
			out = append(out, Field{Name: prefix + f.Name, Description: doc})
			continue
		}
		out = append(out, fieldsOf(f.Type, prefix+f.Name+".")...)
	}
	return out
}
