# work.pl - fixed work for Perl: hashes, patterns and sorting.
open(my $in, "<", "data/text") or die;
my (%count, $sum);
while (my $line = <$in>) {
    last if $. > 8000;
    $count{$1}++ while $line =~ /(\w+)/g;
    $sum += $1 * 2 if $line =~ /of (\d+) pages/;
}
print "$sum ", join(",", (sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count)[0 .. 9]), "\n";
