package pagination

func init() {}
