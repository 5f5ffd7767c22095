module gate.example

go 1.26

require (
	github.com/google/go-cmp v0.0.0
	github.com/jackc/pgx/v5 v5.0.0
)

replace (
	github.com/google/go-cmp => ../gocmp
	github.com/jackc/pgx/v5 => ../pgx
)
