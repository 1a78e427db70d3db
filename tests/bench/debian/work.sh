# work.sh - fixed work for the shell: arithmetic, strings, tests and functions.
double() { echo_value=$(($1 * 2)); }
i=0
sum=0
while [ $i -lt 12000 ]; do
    i=$((i + 1))
    double $i
    sum=$(((sum + echo_value) % 99991))
    case $i in *7) word="x$i${word%?????}" ;; esac
done
echo "$sum $word"
