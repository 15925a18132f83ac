//go:build !exhaustive

package remind_test

// thorough is how much more the tests try than usual, from 1 to 10: more seeds,
// and more of the moments to die at.
const thorough = 1
