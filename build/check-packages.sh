#!/usr/bin/env bash
# Packs both packages into a folder feed and uses them as a stranger would: one console project trains, saves, loads and predicts, a second
# one scores the saved file with the scoring package alone and looks into the packages, a third does what the first does with ML.NET's own
# Microsoft.ML.TorchSharp beside it, a fourth has the two packages in different versions and is told so, the examples of the readmes compile,
# and the walk-through and the guide for few images of the documentation run as written in empty folders.
set -euo pipefail

# Paths of this machine have no place in the symbols.
export CI=true

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
# A version of its own: the package cache would otherwise hand out an older build of the same version.
version="0.0.1-check.$(date +%s)"
newer="${version/0.0.1/0.0.2}"
cache=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')
torch=$(sed -n 's/.*"TorchSharp-cpu" Version="\([^"]*\)".*/\1/p' "$root/Directory.Packages.props")
mltorch=$(sed -n 's/.*"Microsoft.ML.TorchSharp" Version="\([^"]*\)".*/\1/p' "$root/Directory.Packages.props")
rid=$(dotnet --info | sed -n 's/^ *RID: *//p')
trap 'rm -rf "$work" "${cache:?}"/adaptiveinference.ml*/{"$version","$newer"}' EXIT

for project in src/Transforms src/AdaptiveInference.ML; do
  dotnet pack "$root/$project" -c Release -o "$work/feed" -p:PackageVersion="$version" -v quiet -nologo
done
ls "$work/feed"
# In a feed of its own, where no other project finds it by accident.
dotnet pack "$root/src/Transforms" -c Release -o "$work/newer-feed" -p:PackageVersion="$newer" -v quiet -nologo

cat > "$work/nuget.config" <<XML
<configuration><packageSources><add key="folder" value="$work/feed" /></packageSources></configuration>
XML

# project NAME PACKAGE VERSION [PACKAGE VERSION …]: a console project with these packages and nothing else.
project() {
  local folder="$work/$1"
  mkdir -p "$folder"
  {
    echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework>'
    echo '<ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable><SelfContained>false</SelfContained>'
    echo '<CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>'
    # Package feeds that do not carry every old version resolve to the next newer one.
    echo '<NoWarn>$(NoWarn);NU1603</NoWarn>'
    echo "<RuntimeIdentifier>$rid</RuntimeIdentifier></PropertyGroup><ItemGroup>"
    shift
    while [ $# -gt 0 ]; do
      echo "<PackageReference Include=\"$1\" Version=\"$2\" />"
      shift 2
    done
    echo '</ItemGroup></Project>'
  } > "$folder/$(basename "$folder").csproj"
}

project train AdaptiveInference.ML "$version" TorchSharp-cpu "$torch"
cp "$root/build/package-check/Train.cs" "$root/build/package-check/Shared.cs" "$work/train/"
dotnet run -c Release --project "$work/train" -- "$work/model.zip" "$work/answers.txt"

project score AdaptiveInference.ML.Transforms "$version"
cp "$root"/build/package-check/{Score,Contents,Shared}.cs "$work/score/"
dotnet run -c Release --project "$work/score" -- "$work/model.zip" "$work/answers.txt" "$work/feed"

project beside AdaptiveInference.ML "$version" TorchSharp-cpu "$torch" Microsoft.ML.TorchSharp "$mltorch"
cp "$root"/build/package-check/{Beside,Train,Shared}.cs "$work/beside/"
dotnet run -c Release --project "$work/beside" -- "$work/beside.zip" "$work/beside-answers.txt"
cmp "$work/answers.txt" "$work/beside-answers.txt"

# A scoring package upgraded alone: NuGet warns when it restores, an error where it is asked to; what runs all the same says what is wrong.
project mixed AdaptiveInference.ML "$version" AdaptiveInference.ML.Transforms "$newer"
cp "$root"/build/package-check/{Train,Shared}.cs "$work/mixed/"
sed "s|</packageSources>|<add key=\"newer\" value=\"$work/newer-feed\" />&|" "$work/nuget.config" > "$work/mixed/nuget.config"
# expect TEXT FILE: the text stands in what was printed, or the check ends with all of it.
expect() { grep -qF "$1" "$2" || { echo "Expected '$1' in:"; cat "$2"; exit 1; }; }
if dotnet restore "$work/mixed" -warnaserror:NU1608 -nologo > "$work/mixed.txt" 2>&1; then
  echo "NuGet restores two versions of the packages without an error."
  exit 1
fi
expect "error NU1608" "$work/mixed.txt"
expect "requires AdaptiveInference.ML.Transforms (= $version)" "$work/mixed.txt"
if dotnet run -c Release --project "$work/mixed" -- "$work/mixed.zip" "$work/mixed-answers.txt" > "$work/mixed.txt" 2>&1; then
  echo "Two versions of the packages work together; expected is an error."
  exit 1
fi
expect "AdaptiveInference.ML $version needs AdaptiveInference.ML.Transforms $version, got $newer." "$work/mixed.txt"
echo "Packages of different versions are told apart, by NuGet and at run time."

# example FILE: the example of a readme, as it stands.
example() { sed -n '/^```csharp$/,/^```$/{/^```/!p;}' "$1"; }

project examples AdaptiveInference.ML "$version"
example "$root/README.md" > "$work/examples/Program.cs"
for package in AdaptiveInference.ML AdaptiveInference.ML.Transforms; do
  # One program has one entry point: the packages' examples become methods.
  name=Example${package//./}
  {
    example "$root/nuget/$package.md" | grep '^using .*;$'
    echo "internal static class $name { public static void Run() {"
    example "$root/nuget/$package.md" | grep -v '^using .*;$'
    echo '} }'
  } > "$work/examples/$name.cs"
done
dotnet build -c Release "$work/examples" -v quiet -nologo -warnaserror
echo "The examples of the readmes compile."

# walkthrough NAME [PAGE]: the fenced blocks of a page, docs/walk-through.md by default, that follow the comment of this name.
walkthrough() {
  awk -v mark="<!-- walk-through: $1 -->" '$0 == mark { wanted = 1; next } /^```/ { inside = !inside && wanted; if (!inside) wanted = 0; next } inside' "$root/docs/${2:-walk-through.md}"
}
# commands [PAGE]: its commands. Nothing differs but the version of these packages.
commands() { walkthrough commands "${1:-}" | sed -E "s/(package AdaptiveInference[.A-Za-z]*)$/\1 --version $version/"; }

mkdir "$work/walk"
cd "$work/walk"
# The commands in their order, the programs once their projects are there.
commands > commands.sh
grep -v '^dotnet run' commands.sh | bash -euo pipefail
walkthrough train/Program.cs > train/Program.cs
walkthrough score/Program.cs > score/Program.cs
grep '^dotnet run' commands.sh | bash -euo pipefail | tee output.txt
for file in report.html model.zip model.onnx; do
  test -s "$file"
done
grep -q '^disc, ' output.txt
echo "The walk-through runs."

# From a folder of photos to an adaptive model: the program of the guide and the readme, on some of the sample's drawings.
project pictures
cp "$root/build/package-check/Pictures.cs" "$work/pictures/"
mkdir "$work/few"
dotnet run -c Release --project "$work/pictures" -- "$root/samples/ModelBuilderStyle/data/emoji/emoji.zip" "$work/few/photos"
cd "$work/few"
commands few-images.md > commands.sh
grep -v '^dotnet run' commands.sh | bash -euo pipefail
walkthrough classifier/Program.cs few-images.md > classifier/Program.cs
# What ordinary folders hold beside photos.
touch photos/.DS_Store photos/stray.png photos/face/Thumbs.db
grep '^dotnet run' commands.sh | bash -euo pipefail | tee output.txt
test -s model.zip
grep -Eq '^(face|flag|hand)/.*: (face|flag|hand), [01]\.[0-9]+ of the work$' output.txt
grep -q 'left out: .*stray.png' output.txt
test "$(wc -l < classifier/Program.cs)" -le 40
echo "From a folder of photos to an adaptive model, without Python and without TorchSharp."
